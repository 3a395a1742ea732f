#!/usr/bin/python3
"""A bench with USB ports: plugs recorded scanners in and out around a program, which is a child of this one.

    umockdev-wrapper /usr/bin/python3 usb_bench.py PROGRAM [ARGUMENT...]

Needs python3-gi and gir1.2-umockdev-1.0. Commands are lines on standard input; each is answered by one line that begins
with "bench". Lines for the program begin with "> " and get no answer of their own. The program's standard output comes out
unchanged; its standard error goes to the file that BENCH_ERRORS names, or nowhere: libusb fills it under umockdev.

    start               starts the program
    plug FOLDER PORT    plugs in the scanner of a folder with "device" and perhaps "capture.*"
    unplug PORT         pulls it
    hold PORT           lets a program named "sleep" open it
    release             ends that program
    kill                kills the program, to be started again
    wait SECONDS        waits
    stop                asks the program to end, for one that does not end with its standard input
"""
import os
import re
import signal
import subprocess
import sys
import time

import gi
gi.require_version('UMockdev', '1.0')
from gi.repository import UMockdev  # noqa: E402

HUB = '/devices/pci0000:00/0000:00:14.0/usb1'


class Bench:
    def __init__(self, words):
        self.testbed = UMockdev.Testbed.new()
        self.ports = {}
        self.number = 59
        self.has_hub = False
        self.holders = []
        # The library's own setenv does not reach Python's os.environ.
        self.environment = dict(os.environ, UMOCKDEV_DIR=self.testbed.get_root_dir())
        self.environment.setdefault('FP_DEVICE_EMULATION', '1')
        self.environment['LD_PRELOAD'] = ' '.join(
            [os.environ.get('BENCH_PRELOAD', ''), 'libumockdev-preload.so.0']).strip()
        self.words = words
        self.child = None

    def start(self):
        errors = open(os.environ.get('BENCH_ERRORS', '/dev/null'), 'ab')
        self.child = subprocess.Popen(self.words, env=self.environment, stdin=subprocess.PIPE, stderr=errors)

    def plug(self, folder, port):
        with open(folder + '/device', encoding='ascii') as file:
            blocks = [block.strip() + '\n' for block in file.read().split('\n\n') if block.strip()]
        if not self.has_hub:
            self.testbed.add_from_string(blocks[-1])  # the root hub first, without which libfprint aborts
            self.has_hub = True
        if os.path.exists(folder + '/capture.pcapng'):
            number = int(re.search(r'(?m)^A: devnum=(\d+)', blocks[0]).group(1))  # the packets are found by it
        else:
            self.number = self.number + 1 if self.number < 127 else 60
            number = self.number
        text = re.sub(r'(?m)^P: .*$', f'P: {HUB}/1-{port}', blocks[0], count=1)
        text = re.sub(r'bus/usb/001/\d{3}', f'bus/usb/001/{number:03}', text)
        text = re.sub(r'(?m)^E: DEVNUM=.*$', f'E: DEVNUM={number:03}', text)
        text = re.sub(r'(?m)^E: MINOR=.*$', f'E: MINOR={number - 1}', text)
        text = re.sub(r'(?m)^A: devnum=\d+', f'A: devnum={number}', text)
        text = re.sub(r'(?m)^A: devpath=\d+', f'A: devpath={port}', text)
        path, node = f'/sys{HUB}/1-{port}', f'/dev/bus/usb/001/{number:03}'
        # The event is sent at once; stopped, the program cannot open the node before its recording is there.
        self.stop_child()
        self.testbed.add_from_string(text)
        if os.path.exists(folder + '/capture.pcapng'):
            self.testbed.load_pcap(path, folder + '/capture.pcapng')
        elif os.path.exists(folder + '/capture.ioctl'):
            with open(folder + '/capture.ioctl', encoding='ascii') as file:
                capture = re.sub(r'(?m)^@DEV .*$', f'@DEV {node}', file.read(), count=1)
            self.load_ioctl(node, capture)
        self.ports[port] = (path, node)
        self.continue_child()

    def load_ioctl(self, node, capture):
        name = f'{self.testbed.get_root_dir()}/recording-{node.replace("/", "-")}'
        with open(name, 'w', encoding='ascii') as file:
            file.write(capture)
        self.testbed.load_ioctl(node, name)
        os.unlink(name)

    def unplug(self, port):
        path, node = self.ports.pop(port)
        self.testbed.uevent(path, 'remove')
        self.testbed.remove_device(path)
        try:
            os.unlink(self.testbed.get_root_dir() + '/ioctl' + node)
        except FileNotFoundError:
            pass

    def hold(self, port):
        with open(self.testbed.get_root_dir() + self.ports[port][1], 'rb') as node:
            self.holders.append(subprocess.Popen(['sleep', '600'], stdin=node))

    def release(self):
        for holder in self.holders:
            holder.kill()
            holder.wait()
        self.holders = []

    def kill(self):
        self.child.kill()
        self.child.wait()

    def stop_child(self):
        if self.child and self.child.poll() is None:
            self.child.send_signal(signal.SIGSTOP)

    def continue_child(self):
        if self.child and self.child.poll() is None:
            self.child.send_signal(signal.SIGCONT)

    def command(self, line):
        name, *words = line.split()
        if name == 'plug':
            self.plug(*words)
        elif name == 'unplug':
            self.unplug(words[0])
        elif name == 'start':
            self.start()
        elif name == 'wait':
            time.sleep(float(words[0]))
        elif name == 'stop':
            self.child.terminate()
        elif name in ('hold', 'release', 'kill'):
            getattr(self, name)(*words)
        else:
            return f'unknown {line.strip()}'
        return f'done {name}'


def tell(text):
    os.write(1, f'bench {text}\n'.encode())  # in one piece: the program writes there as well


def main():
    bench = Bench(sys.argv[1:])
    for line in sys.stdin:
        if line.startswith('> '):
            try:
                bench.child.stdin.write(line[2:].encode())
                bench.child.stdin.flush()
            except BrokenPipeError:
                pass  # how it ended is told in the end
        elif line.strip():
            tell(bench.command(line))
    bench.release()
    if not bench.child:
        return 0
    try:
        bench.child.stdin.close()
    except BrokenPipeError:
        pass
    try:
        status = bench.child.wait(20)
    except subprocess.TimeoutExpired:
        bench.child.kill()
        status = 'hung'
    tell(f'ended {status}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
