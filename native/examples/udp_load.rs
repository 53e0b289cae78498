//! Offers UDP datagrams at a fixed rate and counts those that arrive, for the benchmarks (`bench/`). Never shipped.
//!
//! `udp_load send --to IP:PORT --size BYTES --rate PACKETS --seconds N` sends and prints what it managed to offer:
//! `{"packets":N,"seconds":N}`. A rate of 0 is as fast as it goes. Their first 8 bytes number the datagrams, from 0.
//!
//! `udp_load receive --bind IP:PORT --seconds N` prints `{"listening":true}`, then counts for that long from the first
//! datagram on and prints `{"packets":N,"bytes":N,"repeated":N}`, where nothing came for 5 s too. Repeated are those whose
//! number had come before.
#![allow(clippy::print_stdout)]

mod batch;

use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsFd;
use std::thread::sleep;
use std::time::{Duration, Instant};

use batch::{BATCH, Calls, option, set_option};

type Anything<T> = Result<T, Box<dyn std::error::Error>>;

/// Socket buffers, in bytes: what is lost shall be lost in the tunnel.
const SOCKET_BUFFER: i32 = 16 << 20;

/// How far behind its schedule the sender may be and still catch up; more than that is not offered at all.
const MAX_CATCH_UP: Duration = Duration::from_millis(5);

/// How long the receiver waits for anything at all.
const PATIENCE: Duration = Duration::from_secs(5);

/// Bytes of a datagram's number.
const NUMBER: usize = 8;

/// The largest datagram there is.
const MAX_DATAGRAM: usize = 65_535;

fn main() -> Anything<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let time = Duration::from_secs_f64(option(&words, "--seconds")?);
    match words.first().map(String::as_str) {
        Some("send") => {
            let size = option::<usize>(&words, "--size")?;
            send(
                option(&words, "--to")?,
                size.max(NUMBER),
                option(&words, "--rate")?,
                time,
            )
        }
        Some("receive") => receive(option(&words, "--bind")?, time),
        _ => Err("send or receive".into()),
    }
}

fn send(to: SocketAddr, size: usize, rate: f64, time: Duration) -> Anything<()> {
    let any = if to.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let socket = UdpSocket::bind(any)?;
    socket.connect(to)?;
    set_option(
        socket.as_fd(),
        libc::SOL_SOCKET,
        libc::SO_SNDBUFFORCE,
        SOCKET_BUFFER,
    )?;
    let mut calls = Calls::new();
    let mut memory = vec![0; BATCH * size];
    let mut packets = 0;
    // What the schedule has asked for since `from`, with what it gave up on taken out.
    let start = Instant::now();
    let mut from = start;
    let mut since = 0_usize;
    while start.elapsed() < time {
        let due = if rate > 0.0 {
            let behind = from.elapsed().as_secs_f64() * rate - since as f64;
            if behind > MAX_CATCH_UP.as_secs_f64() * rate + BATCH as f64 {
                from = Instant::now();
                since = 0;
                continue;
            }
            behind as usize
        } else {
            BATCH
        };
        if due == 0 {
            sleep(Duration::from_secs_f64(1.0 / rate).min(Duration::from_millis(1)));
            continue;
        }
        for (number, datagram) in (packets as u64..).zip(memory.chunks_mut(size)) {
            if let Some(place) = datagram.first_chunk_mut::<NUMBER>() {
                *place = number.to_be_bytes();
            }
        }
        match calls.send(socket.as_fd(), memory.chunks(size).take(due)) {
            Ok(sent) => {
                since += sent;
                packets += sent;
            }
            // Nobody listens any more, or the device is full: it was offered all the same.
            Err(error)
                if matches!(error.kind(), ErrorKind::ConnectionRefused)
                    || error.raw_os_error() == Some(libc::ENOBUFS) =>
            {
                since += 1;
                packets += 1;
            }
            Err(error) => return Err(error.into()),
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    println!(r#"{{"packets":{packets},"seconds":{seconds:.6}}}"#);
    Ok(())
}

fn receive(bind: SocketAddr, time: Duration) -> Anything<()> {
    let socket = UdpSocket::bind(bind)?;
    set_option(
        socket.as_fd(),
        libc::SOL_SOCKET,
        libc::SO_RCVBUFFORCE,
        SOCKET_BUFFER,
    )?;
    socket.set_read_timeout(Some(PATIENCE))?;
    println!(r#"{{"listening":true}}"#);
    let mut calls = Calls::new();
    let mut memory = vec![0; BATCH * MAX_DATAGRAM];
    let (mut packets, mut bytes, mut repeated) = (0_usize, 0_usize, 0_usize);
    let mut seen = Seen::default();
    let mut end = None;
    loop {
        match calls.receive(socket.as_fd(), memory.chunks_mut(MAX_DATAGRAM)) {
            Ok(lengths) => {
                let now = Instant::now();
                let end = *end.get_or_insert(now + time);
                if now >= end {
                    break;
                }
                packets += lengths.len();
                bytes += lengths.iter().sum::<usize>();
                let datagrams = memory.chunks(MAX_DATAGRAM).take(lengths.len());
                repeated += datagrams.filter(|datagram| seen.has(datagram)).count();
                socket.set_read_timeout(Some((end - now).max(Duration::from_millis(1))))?;
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                break;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    println!(r#"{{"packets":{packets},"bytes":{bytes},"repeated":{repeated}}}"#);
    Ok(())
}

/// One bit for each number that has come.
#[derive(Default)]
struct Seen(Vec<u64>);

impl Seen {
    /// Whether a datagram's number has come before; from now on it has.
    fn has(&mut self, datagram: &[u8]) -> bool {
        let number = datagram.first_chunk().copied().map(u64::from_be_bytes);
        // More than anybody sends in a run is no number of ours.
        let Some(number) = number.filter(|number| *number < 1 << 32) else {
            return false;
        };
        let (place, bit) = (number as usize / 64, 1 << (number % 64));
        if self.0.len() <= place {
            self.0.resize(place + 1, 0);
        }
        match self.0.get_mut(place) {
            Some(word) => std::mem::replace(word, *word | bit) & bit != 0,
            None => false,
        }
    }
}
