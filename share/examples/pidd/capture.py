#!/usr/bin/python3
"""Takes one capture from pidd with nothing but Python's own library, and prints the sealed PidData."""
import http.client
import socket
import sys
import xml.etree.ElementTree as ElementTree


class Pidd(http.client.HTTPConnection):
    """A connection to pidd's Unix socket."""

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect("/run/pidd/pidd.sock")


options = """<PidOptions ver="1.0">
  <Opts fCount="1" fType="0" iCount="0" pCount="0" format="0" pidVer="2.0" timeout="15000" posh="UNKNOWN" env="P"/>
</PidOptions>"""
pidd = Pidd("localhost", timeout=60)
pidd.request("CAPTURE", "/rd/capture", options, {"Prefer": "wait=30", "Content-Type": "text/xml"})
document = pidd.getresponse().read().decode()
outcome = ElementTree.fromstring(document).find("Resp").attrib
if outcome["errCode"] != "0":
    sys.exit(f"no capture: {outcome['errCode']} {outcome.get('errInfo', '')}")
print(document)
