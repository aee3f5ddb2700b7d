"""What is looked at in production: windows are cut, compared, estimated and measured."""
