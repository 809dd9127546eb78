"""OpenCode 2: the durable log of a session is the verdict, the event bus the witness, lists are the safety net.

agents ── attempt ──▶ preflight · client · log · bus ─▶ witness ─▶ fold ─▶ run
             └──────▶ verdict ─▶ errors                          └─▶ asks
"""
