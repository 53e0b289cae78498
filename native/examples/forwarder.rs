//! A cable with delay and loss, for the benchmarks (`bench/`): passes Ethernet frames between two interfaces. Never
//! shipped.
//!
//! `forwarder --between NAME,NAME --delay MS --loss PERCENT` holds every frame back that long and loses that share of
//! the IP packets, in each direction alike and by the same numbers in every run. Once a second and direction it prints
//! `{"from":NAME,"passed":N,"lost":N,"dropped":N,"oversized":N}`: dropped are those for which the other interface had no
//! room, oversized those longer than a frame, which segmentation offload on the other ends of the cables makes.
#![allow(clippy::print_stdout)]

mod batch;
mod raw;

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::thread;
use std::time::{Duration, Instant};

use batch::{BATCH, Calls, option};
use raw::open;

type Anything<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Room for a frame, in bytes.
const SLOT: usize = raw::LONGEST_FRAME;

/// Frames under way in one direction: 2 s of them at 50,000 a second, 0.1 s at a million.
const SLOTS: usize = 100_000;

fn main() -> Anything<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let names = option::<String>(&words, "--between")?;
    let (one, other) = names.split_once(',').ok_or("--between wants two names")?;
    let conditions = Conditions {
        delay: Duration::from_secs_f64(option::<f64>(&words, "--delay")? / 1000.0),
        loss: (option::<f64>(&words, "--loss")? / 100.0 * f64::from(u32::MAX)) as u32,
    };
    let there = Direction::new(one, open(one)?, open(other)?, conditions);
    let back = Direction::new(other, open(other)?, open(one)?, conditions);
    let back = thread::spawn(move || back.run());
    let there = thread::spawn(move || there.run());
    while !there.is_finished() && !back.is_finished() {
        thread::sleep(Duration::from_millis(100));
    }
    for ended in [there, back].into_iter().filter(|one| one.is_finished()) {
        ended.join().map_err(|_| "a direction panicked")??;
    }
    Ok(())
}

#[derive(Clone, Copy)]
struct Conditions {
    delay: Duration,
    /// A random number of 32 bits below this loses the packet.
    loss: u32,
}

/// Counts since the start.
#[derive(Default)]
struct Counts {
    passed: usize,
    lost: usize,
    dropped: usize,
    oversized: usize,
}

/// One way through: a ring of frames, the oldest at `next`, each with its length and the moment it is due.
struct Direction {
    name: String,
    from: OwnedFd,
    to: OwnedFd,
    conditions: Conditions,
    memory: Vec<u8>,
    ring: Vec<(usize, Instant)>,
    next: usize,
    held: usize,
    random: u64,
    counts: Counts,
}

impl Direction {
    fn new(name: &str, from: OwnedFd, to: OwnedFd, conditions: Conditions) -> Self {
        Self {
            name: name.to_owned(),
            from,
            to,
            conditions,
            memory: vec![0; SLOT * SLOTS],
            ring: vec![(0, Instant::now()); SLOTS],
            next: 0,
            held: 0,
            random: 0x9e37_79b9_7f4a_7c15,
            counts: Counts::default(),
        }
    }

    fn run(mut self) -> Anything<()> {
        let mut receiving = Calls::new();
        let mut sending = Calls::new();
        let mut said = Instant::now();
        loop {
            self.wait()?;
            self.take_in(&mut receiving)?;
            self.pass_on(&mut sending)?;
            if said.elapsed() > Duration::from_secs(1) {
                said = Instant::now();
                let Counts {
                    passed,
                    lost,
                    dropped,
                    oversized,
                } = self.counts;
                let name = &self.name;
                println!(
                    r#"{{"from":"{name}","passed":{passed},"lost":{lost},"dropped":{dropped},"oversized":{oversized}}}"#
                );
            }
        }
    }

    /// Waits for a frame to arrive, where there is room for it, or for the oldest to be due.
    fn wait(&self) -> io::Result<()> {
        let due = self.ring.get(self.next).filter(|_| self.held > 0);
        let time = due.map_or(Duration::from_secs(1), |(_, due)| {
            due.saturating_duration_since(Instant::now())
        });
        let limit = libc::timespec {
            tv_sec: time.as_secs() as _,
            tv_nsec: time.subsec_nanos().into(),
        };
        let mut poll = libc::pollfd {
            fd: if self.held < SLOTS {
                self.from.as_raw_fd()
            } else {
                -1
            },
            events: libc::POLLIN,
            revents: 0,
        };
        // SAFETY: one descriptor and a time limit, both on the stack for the whole call.
        let result = unsafe { libc::ppoll(&mut poll, 1, &limit, std::ptr::null()) };
        match result {
            -1 if io::Error::last_os_error().kind() != io::ErrorKind::Interrupted => {
                Err(io::Error::last_os_error())
            }
            _ => Ok(()),
        }
    }

    fn take_in(&mut self, calls: &mut Calls) -> io::Result<()> {
        let first = (self.next + self.held) % SLOTS;
        let room = (SLOTS - self.held).min(SLOTS - first).min(BATCH);
        let slots = self.memory.chunks_mut(SLOT).skip(first).take(room);
        let lengths = match calls.receive(self.from.as_fd(), slots) {
            Ok(lengths) => lengths,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        };
        let due = Instant::now() + self.conditions.delay;
        let frames = self.memory.chunks(SLOT).skip(first);
        for ((&length, frame), place) in lengths
            .iter()
            .zip(frames)
            .zip(self.ring.iter_mut().skip(first))
        {
            let mut length = length;
            if length > SLOT {
                self.counts.oversized += 1;
                length = 0;
            } else if is_ip(frame) && draw(&mut self.random) < self.conditions.loss {
                self.counts.lost += 1;
                length = 0;
            }
            *place = (length, due);
            self.held += 1;
        }
        Ok(())
    }

    /// Sends what is due. A frame of no length was lost and only kept its place.
    fn pass_on(&mut self, calls: &mut Calls) -> io::Result<()> {
        let now = Instant::now();
        loop {
            let run = self
                .ring
                .iter()
                .skip(self.next)
                .take(self.held.min(BATCH))
                .take_while(|(_, due)| *due <= now);
            let places = run.clone().count();
            if places == 0 {
                return Ok(());
            }
            let mut frames: Vec<&[u8]> = Vec::with_capacity(BATCH);
            let slots = self.memory.chunks(SLOT).skip(self.next);
            frames.extend(
                run.zip(slots)
                    .filter_map(|((length, _), slot)| slot.get(..*length))
                    .filter(|frame| !frame.is_empty()),
            );
            let mut left = frames.as_slice();
            while !left.is_empty() {
                let done = match calls.send(self.to.as_fd(), left.iter().copied()) {
                    Ok(sent) => {
                        self.counts.passed += sent;
                        sent
                    }
                    // No room, or the other end is down for the moment: the first is lost, as on any cable.
                    Err(_) => {
                        self.counts.dropped += 1;
                        1
                    }
                };
                left = left.get(done..).unwrap_or_default();
            }
            self.next = (self.next + places) % SLOTS;
            self.held -= places;
        }
    }
}

/// Whether a frame holds an IP packet: losing ARP would only make the beginning take longer.
fn is_ip(frame: &[u8]) -> bool {
    matches!(frame.get(12..14), Some([0x08, 0x00] | [0x86, 0xdd]))
}

/// The next of a sequence that looks random (xorshift), 32 bits of it.
fn draw(state: &mut u64) -> u32 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state >> 32) as u32
}
