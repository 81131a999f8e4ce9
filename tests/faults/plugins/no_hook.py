"""A plugin without any hook."""

from __future__ import annotations

from carebench import Model

MODEL = Model("never-offered", families=["mortality"], build="sklearn.dummy.DummyClassifier")
