"""Records of undelivered callbacks, as the API and others write them."""

from typing import Any

URL = "https://callbacks.example.com/sigfox"
SECRET = "s3cr3t-of-the-receiver"

KCCS: dict[str, Any] = {
    "deviceId": "20AEAB",
    "deviceTypeId": "5c4f1a2be833d9003a8f1c20",
    "time": 1568980330000,
    "date": "2019/09/20 20:52:10",
    "data": "0c1e",
    "status": 404,
    "message": "Not Found",
    "callback": {"url": URL, "method": "POST", "contentType": "application/json", "body": {"device": "20AEAB"}},
    "parameters": {},
}
"""As an operator has published one: the status a number, a `date`, the body an object, the time in ms."""

V1: dict[str, Any] = {
    "device": "00A1",
    "deviceType": "5c4f1a2be833d9003a8f1c20",
    "time": 1381766225,
    "data": "3b36",
    "snr": 10.5,
    "status": "600",
    "message": "Connection refused",
    "callback": {"url": "http://host.example.com/single?device=00A1&time=1381766225&duplicate=false&data=3b36"},
    "parameters": {"time": 1381766225, "data": "3b36", "device": "00A1"},
}
EXAMPLE: dict[str, Any] = {
    "deviceId": "2",
    "time": 1487069845000,
    "data": "1234ABCD",
    "snr": 78.65,
    "status": "500",
    "messages": "Internal Server Error",
    "callback": {"url": "www.example.com", "header": {"header1": SECRET}, "body": {"value2": True},
                 "contentType": "application/json", "error": "JSON body could not be evaluated", "method": "POST"},
    "parameters": {"key3": 123, "key4": False},
}  # fmt: skip
"""The example of the API's definition, which has other names than the definition itself."""


def failed(
    number: int = 0, *, status: Any = "600", message: Any = "Connection refused", url: str = URL, **callback: Any
):
    """Give the record of one failed call of message `number`."""
    device, time = f"20AE{number % 7:02X}", 1763630000 + 600 * number
    parameters = {"device": device, "time": time, "data": f"{number:04x}", "seqNumber": number, "rssi": f"-{number}.50"}
    for name, value in parameters.items():
        url = url.replace("{" + name + "}", str(value))
    return {
        "deviceId": device,
        "time": 1000 * time,
        "data": parameters["data"],
        "status": status,
        "message": message,
        "callback": {"url": url, "method": "POST", **callback},
        "parameters": parameters,
    }
