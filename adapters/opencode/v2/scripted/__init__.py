"""An OpenCode 2 whose agents play scripts: the same HTTP, the same log and bus, no model.

scripts ─▶ player ─▶ transcript ─▶ stage (sessions, log, bus, asks) ─▶ routes ─▶ server (an ASGI application)
"""

from adapters.opencode.v2.scripted.server import ScriptedOpenCode2, scripted_opencode2

__all__ = ["ScriptedOpenCode2", "scripted_opencode2"]
