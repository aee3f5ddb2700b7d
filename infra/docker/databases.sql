-- Run once, when the volume is empty. keepsharp's own database is made by the image.
CREATE DATABASE mlflow;
CREATE DATABASE prefect;
