#!/usr/bin/env python3
"""The independent writer of NB-1010-U recordings (298d:1010, libfprint driver nb1010); the Swift one must equal it.
The protocol is in clear text: check-finger poll, prepare, scan, then 90 bulk reads of 540 bytes (25 header + 2 lines of 256 pixels + 3).
   nb1010.py OUTDIR picture [picture ...] [--polls N]     N finger-absent polls before each picture (50 ms each)"""
import argparse, os
from PIL import Image
W, H, NODE = 256, 180, '/dev/bus/usb/001/003'
ap = argparse.ArgumentParser(); ap.add_argument('out'); ap.add_argument('pictures', nargs='+'); ap.add_argument('--polls', type=int, default=2)
a = ap.parse_args(); os.makedirs(a.out, exist_ok=True)

desc = ('12010002000000408D29101001000102000109022700010100A032'
        '090400000300000000070581034000050705020240000007058302400000')
ROOT = '12010002090001406B1D020005060302010109021900010100E0000904000001090000000705810304000C'
def attrs(**k): return ''.join(f'A: {n}={v}\n' for n, v in k.items())
def usb_dev(path, node, vid, pid, bus, num, devpath, hexdesc, speed, cls):
    return (f'P: {path}\nN: {node}={hexdesc}\nE: DEVNAME=/dev/{node}\nE: DEVTYPE=usb_device\nE: DRIVER=usb\n'
            f'E: PRODUCT={vid}/{pid}/1\nE: TYPE={cls}/0/0\nE: BUSNUM={bus:03}\nE: DEVNUM={num:03}\nE: MAJOR=189\nE: MINOR={num - 1}\n'
            f'E: SUBSYSTEM=usb\n' + attrs(bConfigurationValue='1\\n', bDeviceClass=f'{cls:02x}', busnum=f'{bus}\\n', devnum=f'{num}\\n', devpath=devpath,
            idVendor=f'{vid:0>4}', idProduct=f'{pid:0>4}', speed=f'{speed}\\n', **{'power/persist': 0, 'power/wakeup': 'disabled'})
            + f'H: descriptors={hexdesc}\n')
hub = '/devices/pci0000:00/0000:00:14.0/usb1'
with open(a.out + '/device', 'w') as f:
    f.write(usb_dev(hub + '/1-7', 'bus/usb/001/003', '298d', '1010', 1, 3, 7, desc, 12, 0) + '\n'
            + usb_dev(hub, 'bus/usb/001/001', '1d6b', '2', 1, 1, 0, ROOT, 480, 9))

out = [f'@DEV {NODE}', 'USBDEVFS_GET_CAPABILITIES 0 FD010000']
def urb(ep, data, depth=0): out.append(' ' * depth + f'USBDEVFS_REAPURBNDELAY 0 3 {ep} 0 0 {len(data)} {len(data)} 0 {data.hex().upper()}')
CHECK = bytes.fromhex('8038010008000000'); PRE = bytes.fromhex('800D03000C00000000040000')
CAP = bytes.fromhex('8012040020000000020000000000000000000000000000000000000020000000')
def finger(level): urb(2, CHECK); urb(131, bytes.fromhex('803701001000000000000000') + bytes([level, 0, 0, 0]))
for k, p in enumerate(a.pictures):
    im = Image.open(p).convert('L')
    if im.size != (W, H):                       # keep the middle, do not scale
        c = Image.new('L', (W, H), 255); c.paste(im, ((W - im.width) // 2, (H - im.height) // 2)); im = c
    px = im.tobytes(); im.save(f'{a.out}/expected-{k}.pgm')
    for _ in range(a.polls): finger(0)
    finger(0xf7)
    urb(2, PRE); urb(131, bytes.fromhex('80200300100000000000000000000000'))
    urb(2, CAP); urb(131, bytes.fromhex('80200400100000000000000003000000'))
    for n in range(90):
        head = bytes.fromhex('802100001C02000000000000') + n.to_bytes(4, 'little') + bytes(9)
        urb(131, head + px[n * 2 * W:(n + 1) * 2 * W] + bytes(3))
open(a.out + '/capture.ioctl', 'w').write('\n'.join(out) + '\n')
