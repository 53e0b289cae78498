//! Offers UDP datagrams at a fixed rate and counts those that arrive, for the benchmarks (`bench/`). Never shipped.
//!
//! `udp_load send --to IP:PORT --size BYTES --rate PACKETS --seconds N` sends and prints what it managed to offer:
//! `{"packets":N,"seconds":N}`. A rate of 0 is as fast as it goes.
//!
//! `udp_load receive --bind IP:PORT --seconds N` prints `{"listening":true}`, then counts for that long from the first
//! datagram on and prints `{"packets":N,"bytes":N}`, where nothing came for 5 s too.
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
                &vec![0; size],
                option(&words, "--rate")?,
                time,
            )
        }
        Some("receive") => receive(option(&words, "--bind")?, time),
        _ => Err("send or receive".into()),
    }
}

fn send(to: SocketAddr, datagram: &[u8], rate: f64, time: Duration) -> Anything<()> {
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
        match calls.send(
            socket.as_fd(),
            std::iter::repeat_n(datagram, due.min(BATCH)),
        ) {
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
    let (mut packets, mut bytes) = (0_usize, 0_usize);
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
                socket.set_read_timeout(Some((end - now).max(Duration::from_millis(1))))?;
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                break;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    println!(r#"{{"packets":{packets},"bytes":{bytes}}}"#);
    Ok(())
}
