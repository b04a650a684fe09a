// SPDX-License-Identifier: GPL-2.0-only
use std::fs::{File, OpenOptions};
use std::io::{Error, Result};
use std::os::raw::{c_int, c_ulong};
use std::os::unix::io::AsRawFd;

extern "C" {
    fn ioctl(fd: c_int, request: c_ulong, ...) -> c_int;
}
const TUNSETIFF: c_ulong = 0x4004_54ca;
const IFF_TUN: u16 = 1;
const IFF_NO_PI: u16 = 0x1000;

/// Attaches to a tun device.
pub fn open(device: &str, name: &str) -> Result<File> {
    let tun = OpenOptions::new().read(true).write(true).open(device)?;
    let mut ifreq = [0u8; 40];
    ifreq[..name.len()].copy_from_slice(name.as_bytes());
    ifreq[16..18].copy_from_slice(&(IFF_TUN | IFF_NO_PI).to_ne_bytes());
    match unsafe { ioctl(tun.as_raw_fd(), TUNSETIFF, ifreq.as_ptr()) } {
        0 => Ok(tun),
        _ => Err(Error::last_os_error()),
    }
}

/// Turns an echo request over IPv4 without options into its reply.
pub fn answer(packet: &mut [u8]) -> bool {
    if packet.len() < 28 || packet[0] != 0x45 || packet[9] != 1 || packet[20] != 8 {
        return false;
    }
    let (source, target) = packet[12..20].split_at_mut(4);
    source.swap_with_slice(target);
    packet[20] = 0;
    let sum = u32::from(u16::from_be_bytes([packet[22], packet[23]])) + 0x0800;
    packet[22..24].copy_from_slice(&((sum + (sum >> 16)) as u16).to_be_bytes());
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    const LOOPTUN: &str = "/sys/kernel/debug/looptun/ping0/";
    const REQUEST: [u8; 28] = [
        0x45, 0, 0, 28, 0, 0, 0, 0, 64, 1, 0xf6, 0xdd, 192, 0, 2, 1, 192, 0, 2, 2, 8, 0, 0xf7, 0xfd,
        0, 1, 0, 1,
    ];
    const REPLY: [u8; 28] = [
        0x45, 0, 0, 28, 0, 0, 0, 0, 64, 1, 0xf6, 0xdd, 192, 0, 2, 2, 192, 0, 2, 1, 0, 0, 0xff, 0xfd,
        0, 1, 0, 1,
    ];

    #[test]
    fn answers() -> Result<()> {
        let mut tun = open("/dev/looptun", "ping0")?;
        let mut packet = [0u8; 65536];
        // One write is one datagram.
        OpenOptions::new().write(true).open(format!("{LOOPTUN}inject"))?.write_all(&REQUEST)?;
        let n = tun.read(&mut packet)?;
        assert!(answer(&mut packet[..n]));
        tun.write_all(&packet[..n])?;
        let n = File::open(format!("{LOOPTUN}sent"))?.read(&mut packet)?;
        assert_eq!(packet[..n], REPLY);
        Ok(())
    }
}
