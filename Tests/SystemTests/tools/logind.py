#!/usr/bin/python3
"""A stand-in for systemd-logind on the bus of DBUS_SYSTEM_BUS_ADDRESS, as far as sleeping goes.

Says "ready", "inhibited" when somebody asks for a delay and "released" when that is given back; the commands "sleep" and
"wake" on standard input send the signal. Needs python3-gi.
"""
import os
import sys

from gi.repository import Gio, GLib

INTERFACE = 'org.freedesktop.login1.Manager'
PATH = '/org/freedesktop/login1'
XML = f'''<node><interface name="{INTERFACE}"><method name="Inhibit">
<arg name="what" type="s" direction="in"/><arg name="who" type="s" direction="in"/>
<arg name="why" type="s" direction="in"/><arg name="mode" type="s" direction="in"/>
<arg name="fd" type="h" direction="out"/></method></interface></node>'''


def tell(text):
    print(text, flush=True)


def called(connection, sender, path, interface, method, arguments, invocation):
    what, who, _, mode = arguments.unpack()
    if (what, mode) != ('sleep', 'delay'):
        invocation.return_dbus_error('org.freedesktop.DBus.Error.InvalidArgs', f'{what} {mode}')
        return
    reading, writing = os.pipe()
    GLib.unix_fd_add_full(GLib.PRIORITY_DEFAULT, reading, GLib.IOCondition.HUP, lambda *_: tell('released') or False)
    files = Gio.UnixFDList.new()
    handle = files.append(writing)
    invocation.return_value_with_unix_fd_list(GLib.Variant('(h)', (handle,)), files)
    os.close(writing)
    tell('inhibited')


def typed(connection, file, condition):
    word = sys.stdin.readline().strip()
    if word in ('sleep', 'wake'):
        connection.emit_signal(None, PATH, INTERFACE, 'PrepareForSleep', GLib.Variant('(b)', (word == 'sleep',)))
    if not word:
        loop.quit()
    return bool(word)


loop = GLib.MainLoop()
bus = Gio.bus_get_sync(Gio.BusType.SYSTEM, None)
bus.register_object(PATH, Gio.DBusNodeInfo.new_for_xml(XML).interfaces[0], called, None, None)
Gio.bus_own_name_on_connection(bus, 'org.freedesktop.login1', Gio.BusNameOwnerFlags.NONE,
                               lambda *_: tell('ready'), None)
GLib.unix_fd_add_full(GLib.PRIORITY_DEFAULT, 0, GLib.IOCondition.IN | GLib.IOCondition.HUP,
                      lambda file, condition: typed(bus, file, condition))
loop.run()
