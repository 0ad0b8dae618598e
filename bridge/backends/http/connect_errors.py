"""Tells the operator why a server is not reached."""

import aiohttp

from bridge.errors import Unreachable


def unreachable(error: Exception, variable: str) -> Unreachable:
    """Return the error for a connection that failed; its remedy names the cause and the setting `variable`.

    `variable`: the setting that holds the server's address; the address itself is not in the error.
    """
    return Unreachable(remedy=f"{_why(error)}: check this machine's network, {variable} and PROXY_URL")


def _why(error: Exception) -> str:
    match error:
        case aiohttp.ClientProxyConnectionError() | aiohttp.ClientHttpProxyError():
            return "the proxy does not let it through"
        case aiohttp.ClientConnectorDNSError():
            return "no such host is known"
        case aiohttp.ClientConnectorCertificateError():
            return "its certificate is not to be trusted"
        case aiohttp.ClientSSLError():
            return "it does not speak TLS as https:// wants it"
        case aiohttp.ConnectionTimeoutError():
            return "nobody answers there"
        case aiohttp.ClientConnectorError() if isinstance(error.os_error, ConnectionRefusedError):
            return "nobody listens there"
    return "there is no way to it"
