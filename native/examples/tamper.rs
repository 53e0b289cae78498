//! Somebody on the wire, for the end-to-end scenarios (`e2e/tamper.ts`). Never shipped.
//!
//! `tamper --between NAME,NAME --port N` is the cable between two interfaces; `tamper --on NAME --port N` listens at one and lets
//! everything be. It cares for the datagrams of the fast path for UDP port N, on the cable for those from the first interface to the second;
//! all else passes. It takes lines on stdin and prints one JSON object a line:
//!
//! - `reorder N`: from now on they leave in another order, some exactly N places late and none more. 0: no longer.
//! - `hold N`, `capture N`: shows the next N packets (no probes); those held do not pass.
//! - `inject FROM TO HEX`: sends that payload from any address to one that was seen.
//! - `inject-merged FROM TO SIZE HEX`: the same as the kernel hands it on that has merged datagrams of SIZE bytes.
//! - `flood FROM TO RATE SECONDS`: sends forgeries, each under the newest session index that was seen for TO, with a counter as it
//!   could come yet. A rate of 0 is as fast as it goes.
//! - `seen`: what has been seen so far.
#![allow(clippy::print_stdout)]

mod batch;
mod frame;
mod merged;
mod raw;
mod reorder;

use std::collections::{HashMap, HashSet};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use batch::{BATCH, Calls, option};
use frame::{Datagram, ETHERNET};
use raw::LONGEST_FRAME;
use rayfish_native::fast::header::{HEADER, Header, Index, Kind, MAX_DATAGRAM};
use reorder::Reorder;

type Anything<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// How far a forgery's counter is beyond the newest: what is sent meanwhile shall not make it a replay, which costs less to refuse.
const AHEAD: u64 = 1 << 20;

fn main() -> Anything<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let names = option::<String>(&words, "--between").or_else(|_| option(&words, "--on"))?;
    let sockets = names
        .split(',')
        .map(raw::open)
        .collect::<io::Result<Vec<_>>>()?;
    let mut wire = Wire {
        into: names.rsplit(',').next().unwrap_or_default().to_owned(),
        port: option(&words, "--port")?,
        sockets,
        stations: HashMap::new(),
        newest: HashMap::new(),
        seen: Seen::default(),
        wanted: 0,
        holding: false,
        reorder: Reorder::new(0),
    };
    println!(r#"{{"event":"ready"}}"#);
    wire.run(&lines())
}

/// The lines of standard input; the channel closes with it.
fn lines() -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in io::stdin().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

struct Wire {
    /// The interface that what we make goes out of.
    into: String,
    /// Whose datagrams they are.
    port: u16,
    sockets: Vec<OwnedFd>,
    /// How to address those seen to be addressed.
    stations: HashMap<IpAddr, [u8; ETHERNET]>,
    /// By whom it was for.
    newest: HashMap<SocketAddr, Arc<Newest>>,
    seen: Seen,
    /// Packets still to be shown.
    wanted: usize,
    /// Whether those do not pass.
    holding: bool,
    reorder: Reorder,
}

/// The session and counter that a forgery has to beat.
#[derive(Default)]
struct Newest {
    index: AtomicU32,
    counter: AtomicU64,
}

#[derive(Default)]
struct Seen {
    headers: HashSet<(u32, u64)>,
    sessions: HashSet<u32>,
    datagrams: usize,
    oversized: usize,
}

impl Wire {
    fn run(&mut self, commands: &Receiver<String>) -> Anything<()> {
        let mut calls = Calls::new();
        let mut memory = vec![0; BATCH * LONGEST_FRAME];
        loop {
            while let Ok(line) = commands.try_recv() {
                self.obey(&line)
                    .map_err(|error| format!("{line}: {error}"))?;
            }
            self.wait()?;
            for side in 0..self.sockets.len() {
                self.pass(side, &mut calls, &mut memory)?;
            }
            let released = self.reorder.release(Instant::now());
            self.send(&mut calls, &released)?;
        }
    }

    /// Waits for frames; at most until there may be something else to do.
    fn wait(&self) -> io::Result<()> {
        let mut polled: Vec<_> = self
            .sockets
            .iter()
            .map(|socket| libc::pollfd {
                fd: socket.as_raw_fd(),
                events: libc::POLLIN,
                revents: 0,
            })
            .collect();
        let limit = if self.reorder.is_empty() { 10 } else { 1 };
        // SAFETY: the pointer and the length are those of one vector that outlives the call.
        let result = unsafe { libc::poll(polled.as_mut_ptr(), polled.len() as _, limit) };
        match result {
            -1 if io::Error::last_os_error().kind() != io::ErrorKind::Interrupted => {
                Err(io::Error::last_os_error())
            }
            _ => Ok(()),
        }
    }

    /// Takes in frames of one interface and sends out of the other what may pass.
    fn pass(&mut self, side: usize, calls: &mut Calls, memory: &mut [u8]) -> Anything<()> {
        let Some(socket) = self.sockets.get(side) else {
            return Ok(());
        };
        let lengths = match calls.receive(socket.as_fd(), memory.chunks_mut(LONGEST_FRAME)) {
            Ok(lengths) => lengths.to_vec(),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            // The other end is down for the moment.
            Err(error) if error.raw_os_error() == Some(libc::ENETDOWN) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let mut passing = Vec::with_capacity(BATCH);
        for (length, slot) in lengths.into_iter().zip(memory.chunks(LONGEST_FRAME)) {
            let Some(frame) = slot.get(..length) else {
                self.seen.oversized += 1;
                continue;
            };
            if self.passes(side, frame)? {
                passing.push(frame);
            }
        }
        if let Some(other) = self
            .sockets
            .get(1 - side)
            .filter(|_| self.sockets.len() == 2)
        {
            send_all(calls, other, &passing);
        }
        Ok(())
    }

    /// Looks at a frame; false where it shall not pass, or not now.
    fn passes(&mut self, side: usize, frame: &[u8]) -> Anything<bool> {
        let Some(datagram) = frame::find(frame) else {
            return Ok(true);
        };
        let to = datagram.to.ip();
        self.stations.entry(to).or_insert(datagram.ethernet);
        let Some(header) = Header::parse(datagram.payload) else {
            return Ok(true);
        };
        if side != 0 || datagram.to.port() != self.port {
            return Ok(true);
        }
        self.seen.datagrams += 1;
        self.seen.sessions.insert(header.index.number());
        self.seen
            .headers
            .insert((header.index.number(), header.counter));
        let newest = self.newest.entry(datagram.to).or_default();
        newest.index.store(header.index.number(), Relaxed);
        newest.counter.store(header.counter, Relaxed);
        if self.wanted > 0 && header.kind != Kind::Probe {
            self.wanted -= 1;
            show(&datagram);
            return Ok(!self.holding);
        }
        if self.reorder.is_on() {
            self.reorder.take(frame, Instant::now());
            return Ok(false);
        }
        Ok(true)
    }

    fn obey(&mut self, line: &str) -> Anything<()> {
        let words: Vec<&str> = line.split_whitespace().collect();
        match *words.as_slice() {
            ["reorder", distance] => {
                let late = self.reorder.latest();
                let rest = std::mem::replace(&mut self.reorder, Reorder::new(distance.parse()?));
                self.send(&mut Calls::new(), &rest.into_frames())?;
                println!(r#"{{"event":"reordered","late":{late}}}"#);
            }
            [word @ ("hold" | "capture"), count] => {
                self.wanted = count.parse()?;
                self.holding = word == "hold";
                println!(r#"{{"event":"watching"}}"#);
            }
            ["inject", from, to, payload] => {
                let to: SocketAddr = to.parse()?;
                let frame = frame::make(self.station(to)?, from.parse()?, to, &unhex(payload)?);
                let frame = frame.ok_or("no such packet is possible")?;
                self.send(&mut Calls::new(), &[frame])?;
                println!(r#"{{"event":"injected"}}"#);
            }
            ["inject-merged", from, to, size, payload] => {
                let to: SocketAddr = to.parse()?;
                let frame = frame::make(self.station(to)?, from.parse()?, to, &unhex(payload)?);
                let frame = frame.ok_or("no such packet is possible")?;
                merged::send(&self.into, &frame, frame::headers(to), size.parse()?)?;
                println!(r#"{{"event":"injected"}}"#);
            }
            ["flood", from, to, rate, seconds] => {
                let to: SocketAddr = to.parse()?;
                let flood = Flood {
                    ethernet: self.station(to)?,
                    from: from.parse()?,
                    to,
                    rate: rate.parse()?,
                    time: Duration::from_secs_f64(seconds.parse()?),
                    newest: self.newest.entry(to).or_default().clone(),
                };
                let socket = raw::open(&self.into)?;
                thread::spawn(move || match flood.run(&socket) {
                    Ok(datagrams) => println!(r#"{{"event":"flooded","datagrams":{datagrams}}}"#),
                    Err(error) => eprintln!("flood: {error}"),
                });
            }
            ["seen"] => {
                let Seen {
                    headers,
                    sessions,
                    datagrams,
                    oversized,
                } = &self.seen;
                println!(
                    r#"{{"event":"seen","datagrams":{datagrams},"sessions":{},"repeated":{},"oversized":{oversized}}}"#,
                    sessions.len(),
                    datagrams - headers.len()
                );
            }
            _ => return Err("no such command".into()),
        }
        Ok(())
    }

    fn station(&self, to: SocketAddr) -> Anything<[u8; ETHERNET]> {
        let known = self.stations.get(&to.ip());
        Ok(*known.ok_or(format!("nothing was sent to {to} yet"))?)
    }

    /// Sends frames the way that the datagrams we care for go.
    fn send(&self, calls: &mut Calls, frames: &[Vec<u8>]) -> Anything<()> {
        let frames: Vec<&[u8]> = frames.iter().map(Vec::as_slice).collect();
        let socket = self.sockets.last().ok_or("no interface")?;
        send_all(calls, socket, &frames);
        Ok(())
    }
}

fn show(datagram: &Datagram<'_>) {
    let Datagram { from, to, .. } = datagram;
    let hex: String = datagram
        .payload
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    println!(r#"{{"event":"datagram","from":"{from}","to":"{to}","hex":"{hex}"}}"#);
}

/// Sends each frame; one that there is no room for is lost, as on any cable.
fn send_all(calls: &mut Calls, socket: &OwnedFd, mut frames: &[&[u8]]) {
    while !frames.is_empty() {
        let sent = calls.send(socket.as_fd(), frames.iter().copied());
        frames = frames.get(sent.unwrap_or(1)..).unwrap_or_default();
    }
}

fn unhex(text: &str) -> Anything<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| Ok(u8::from_str_radix(str::from_utf8(pair)?, 16)?))
        .collect()
}

/// Forgeries without end.
struct Flood {
    ethernet: [u8; ETHERNET],
    from: SocketAddr,
    to: SocketAddr,
    /// Datagrams a second; 0 for as many as possible.
    rate: f64,
    time: Duration,
    newest: Arc<Newest>,
}

impl Flood {
    /// Returns how many were sent.
    fn run(&self, socket: &OwnedFd) -> Anything<usize> {
        let mut calls = Calls::new();
        let start = Instant::now();
        let mut sent = 0;
        let (mut index, mut counter, mut frames) = (u32::MAX, 0, Vec::new());
        while start.elapsed() < self.time {
            if self.rate > 0.0 && sent as f64 > start.elapsed().as_secs_f64() * self.rate {
                thread::sleep(Duration::from_micros(200));
                continue;
            }
            // Their counters are never seen, as they do not open: the same ones do again until there is another session, or what
            // really goes by comes near them.
            let newest = self.newest.index.load(Relaxed);
            let reached = self.newest.counter.load(Relaxed);
            if newest != index || reached > counter + AHEAD / 2 {
                (index, counter) = (newest, reached);
                frames = self.forgeries(index, counter)?;
            }
            let batch: Vec<&[u8]> = frames.iter().map(Vec::as_slice).collect();
            send_all(&mut calls, socket, &batch);
            sent += batch.len();
        }
        Ok(sent)
    }

    fn forgeries(&self, index: u32, newest: u64) -> Anything<Vec<Vec<u8>>> {
        let index = Index::new(index).ok_or("no session was seen")?;
        (0..BATCH as u64)
            .map(|at| {
                let header = Header {
                    kind: Kind::Packet,
                    index,
                    counter: newest + AHEAD + at,
                };
                let content = [at as u8; MAX_DATAGRAM - HEADER];
                let payload = [&header.encode()[..], &content].concat();
                let frame = frame::make(self.ethernet, self.from, self.to, &payload);
                frame.ok_or_else(|| "no such packet is possible".into())
            })
            .collect()
    }
}
