"""An OpenCode in this process whose agents play scripts: the same HTTP, the same event stream, no model.

scripts ─▶ player ─▶ routes ─▶ server (an ASGI application) ─▶ transport (httpx without a socket)
"""

from adapters.opencode.v1.scripted.server import ScriptedOpenCode, scripted_opencode
from adapters.opencode.v1.scripted.transport import AsgiTransport

__all__ = ["AsgiTransport", "ScriptedOpenCode", "scripted_opencode"]
