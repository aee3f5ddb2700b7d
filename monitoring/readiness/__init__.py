"""How ready a model is for production, by the 28 tests of the ML Test Score, each scored by what can be shown.

Breck, Cai, Nielsen, Salib and Sculley (2017), "The ML Test Score: a rubric for ML production readiness and technical
debt reduction". Four sections of seven tests; the result is the lowest section.
"""
