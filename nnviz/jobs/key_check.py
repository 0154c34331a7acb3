"""Connections within our own cluster, between processes that have its key: other accounts have not.

Dask would carry out whatever anybody sends who reaches a port, and on this computer every account does. So
whoever opens a connection at an address `keyed://127.0.0.1:port` and whoever accepts it first prove to one
another that they know the key, each by a digest of it and of what the other has drawn; nothing that comes
before that is read as a message. The key is drawn for one process of the app, lives in the environment of
that process and its children, and never passes through a connection. What is said stays on this computer, so
that it need not be encrypted.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import os
import secrets
from typing import Any

from distributed.comm.core import FatalCommClosedError
from distributed.comm.registry import backends
from distributed.comm.tcp import TCP, BaseTCPBackend, TCPConnector, TCPListener

from nnviz.jobs.records import CLUSTER_KEY

SCHEME = "keyed"
_DRAWN = 32  # bytes that each side draws, and of a digest
_PATIENCE = 10.0  # seconds for the other side's proof


class _KeyedConnector(TCPConnector):
    """Opens connections and proves that it may."""

    prefix = f"{SCHEME}://"

    async def connect(self, address: str, deserialize: bool = True, **arguments: Any) -> TCP:
        """As every connector's; FatalCommClosedError when the other side does not know the key."""
        comm: TCP = await super().connect(address, deserialize, **arguments)  # type: ignore[no-untyped-call]
        agreed = False
        try:
            agreed = await _agree(comm.stream, opened=True)
        finally:  # also when nobody waits for it any more
            if not agreed:
                comm.abort()
        if not agreed:
            raise FatalCommClosedError("The other side of a connection does not know the cluster's key.")
        return comm


class _KeyedListener(TCPListener):
    """Accepts connections from those who prove that they may."""

    prefix = f"{SCHEME}://"

    async def _prepare_stream(self, stream: Any, address: str) -> Any:
        if await _agree(stream, opened=False):
            return stream
        stream.close()
        return None


class _KeyedBackend(BaseTCPBackend):
    _connector_class = _KeyedConnector
    _listener_class = _KeyedListener


async def _agree(stream: Any, *, opened: bool) -> bool:
    """Whether the other side knows the key; it hears a proof that this one does. opened: by this side."""
    key = os.environ.get(CLUSTER_KEY, "").encode()
    if not key:
        return False
    drawn = secrets.token_bytes(_DRAWN)
    ours, theirs = (b"opened", b"accepted") if opened else (b"accepted", b"opened")
    with contextlib.suppress(OSError, asyncio.TimeoutError):
        await stream.write(drawn)
        other = await asyncio.wait_for(stream.read_bytes(_DRAWN), _PATIENCE)
        if opened:  # who wants something proves it first
            await stream.write(_proof(key, ours, drawn, other))
        proof = await asyncio.wait_for(stream.read_bytes(_DRAWN), _PATIENCE)
        if not hmac.compare_digest(proof, _proof(key, theirs, other, drawn)):
            return False
        if not opened:
            await stream.write(_proof(key, ours, drawn, other))
        return True
    return False


def _proof(key: bytes, role: bytes, drawn: bytes, other: bytes) -> bytes:
    """Of one side, by what it and the other have drawn."""
    return hmac.digest(key, role + drawn + other, hashlib.sha256)


backends[SCHEME] = _KeyedBackend()
