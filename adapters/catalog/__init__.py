"""Agents and templates, defined in YAML files that people edit."""

from adapters.catalog.catalog import YamlCatalog as YamlCatalog
from adapters.catalog.editor import YamlEditor as YamlEditor
