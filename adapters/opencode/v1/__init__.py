"""OpenCode 1: the reply to a prompt is the verdict, the event stream the witness of what led to it.

agents ── attempt ──▶ preflight · client · watch ─▶ witness ─▶ frames
             ├──────▶ shower      while it runs
             └──────▶ verdict ─▶ reply
"""
