#!/usr/bin/env python3
"""The independent writer of U.are.U 4500 recordings (05ba:000a, libfprint driver uru4000); the Swift one must equal it.
   uru4500.py OUTDIR step [step ...]      step: img:FILE | nofinger (activation, then nothing until cancelled)"""
import os, struct, sys
from PIL import Image
W, H, LINES, BUS, DEV = 384, 290, 289, 1, 50
out, steps = sys.argv[1], sys.argv[2:]
os.makedirs(out, exist_ok=True)
DESC = ('1201000200000040BA050A000301010203010902200001010080640904000002FFFFFF000705810340000807058202400000')
ROOT = '12010002090001406B1D020005060302010109021900010100E0000904000001090000000705810304000C'
hub = '/devices/pci0000:00/0000:00:14.0/usb1'
def usb_dev(path, node, vid, pid, num, devpath, hexdesc, speed, cls):
    at = dict(bConfigurationValue='1\\n', bDeviceClass=f'{cls:02x}', busnum=f'{BUS}\\n', devnum=f'{num}\\n', devpath=devpath, idVendor=f'{vid:0>4}', idProduct=f'{pid:0>4}', speed=f'{speed}\\n')
    at['power/persist'] = 0; at['power/wakeup'] = 'disabled'
    return (f'P: {path}\nN: {node}={hexdesc}\nE: DEVNAME=/dev/{node}\nE: DEVTYPE=usb_device\nE: DRIVER=usb\nE: PRODUCT={vid}/{pid}/1\nE: TYPE={cls}/0/0\n'
            f'E: BUSNUM={BUS:03}\nE: DEVNUM={num:03}\nE: MAJOR=189\nE: MINOR={num - 1}\nE: SUBSYSTEM=usb\n' + ''.join(f'A: {k}={v}\n' for k, v in at.items()) + f'H: descriptors={hexdesc}\n')
open(out + '/device', 'w').write(usb_dev(hub + '/1-10', f'bus/usb/001/{DEV:03}', '5ba', 'a', DEV, 10, DESC, 12, 0) + '\n' + usb_dev(hub, 'bus/usb/001/001', '1d6b', '2', 1, 0, ROOT, 480, 9))

pk, now, uid = [], 1_000_000, 0x1000
def mon(kind, xfer, ep, urb, length, data=b'', setup=None, status=0):
    global now; now += 200
    sub = kind == 'S'; IN = ep & 0x80
    has = bool(data); flag_data = 0 if has else (ord('<') if IN else ord('>'))
    pk.append(struct.pack('<QcBBBHbbqiiII', urb, kind.encode(), xfer, ep, DEV, BUS, 0 if setup else ord('-'), flag_data,
              now // 10**6, now % 10**6, -115 if sub else status, length, len(data)) + (setup or bytes(8)) + struct.pack('<iiII', 8 if xfer == 1 else 0, 0, 0x200 if IN else 0, 0) + data)
def new():
    global uid; uid += 0x40; return uid
def rd(reg, val):           # vendor control read of registers
    u = new(); s = struct.pack('<BBHHH', 0xC0, 4, reg, 0, len(val)); mon('S', 2, 0x80, u, len(val), setup=s); mon('C', 2, 0x80, u, len(val), val)
def wr(reg, val, mid=None):
    u = new(); s = struct.pack('<BBHHH', 0x40, 4, reg, 0, len(val)); mon('S', 2, 0x00, u, len(val), val, s)
    if mid: mid()
    mon('C', 2, 0x00, u, len(val))
irq = 0
def irq_submit():
    global irq; irq = new(); mon('S', 1, 0x81, irq, 64)
def irq_fire(code): mon('C', 1, 0x81, irq, 64, struct.pack('>H', code) + bytes(62)); irq_submit()
def activate():
    irq_submit(); rd(0x07, b'\x01'); wr(0x07, b'\x81'); wr(0x07, b'\x01', lambda: irq_fire(0x56aa)); rd(0x07, b'\x01'); rd(0xf0, bytes(16)); wr(0x4e, b'\x10')
def deactivate(): wr(0x4e, b'\x70'); mon('C', 1, 0x81, irq, 0, status=-2)
k = 0
for st in steps:
    activate()
    if st.startswith('img:'):
        im = Image.open(st[4:]).convert('L'); c = Image.new('L', (W, LINES), 255); c.paste(im, ((W - im.width) // 2, (LINES - im.height) // 2))
        c.paste(255, (0, LINES - 2, W, LINES))      # the driver takes noisy first lines (last ones here) for an encrypted picture
        px = c.tobytes(); open(f'{out}/expected-{k}.pgm', 'wb').write(b'P5\n%d %d\n255\n' % (W, H) + b'\xff' * W + px); k += 1
        raw = bytes(255 - b for b in px[::-1])      # the 4500 delivers it upside down, mirrored and inverted
        info = bytearray(30); n = LINES
        for i in range(15):
            m = min(n, 100); info[2 * i + 1] = m; n -= m
        head = b'\x10\x40\x80\x01' + struct.pack('<H', LINES) + bytes(10) + bytes(info) + bytes(18)
        irq_fire(0x0101)
        b = new(); mon('S', 3, 0x82, b, 64 + W * H); wr(0x4e, b'\x20'); mon('C', 3, 0x82, b, len(head + raw), head + raw)
        wr(0x4e, b'\x12'); irq_fire(0x0200)
    deactivate()
def block(t, body):
    body += bytes(-len(body) % 4); return struct.pack('<II', t, len(body) + 12) + body + struct.pack('<I', len(body) + 12)
with open(out + '/capture.pcapng', 'wb') as f:
    f.write(block(0x0A0D0D0A, struct.pack('<IHHq', 0x1A2B3C4D, 1, 0, -1)) + block(1, struct.pack('<HHI', 220, 0, 0)))
    for i, p in enumerate(pk): f.write(block(6, struct.pack('<IIIII', 0, 0, 1_000_000 + 200 * i, len(p), len(p)) + p))
