"""Why a server is not reached, in words for its operator."""

import aiohttp

from bridge.errors import Unreachable


def unreachable(error: Exception, variable: str) -> Unreachable:
    """The error that says why; `variable` is the setting that holds the server's address. No address is in it."""
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
