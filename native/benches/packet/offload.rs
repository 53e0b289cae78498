//! A super-packet of the host taken apart for the wire, and put together again at the other end.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use rayfish_native::offload::{Frame, Merging, Run};
use rayfish_native::packet::{Packet, TUN_MTU};

use super::samples::super_packet;

/// Writes each segment of a super-packet as a packet of its own.
pub fn split(criterion: &mut Criterion) {
    let (note, mut packet) = super_packet();
    let mut group = criterion.benchmark_group("split");
    group.throughput(Throughput::Bytes(packet.len() as u64));
    let mut out = [0; TUN_MTU];
    group.bench_function("super-packet", |bencher| {
        bencher.iter(|| {
            let frame = Frame::parse(note, black_box(&mut packet)).expect("it is one");
            for index in 0..frame.segments() {
                let segment = out.get_mut(..frame.segment_length(index));
                let segment = segment.expect("it fits into the MTU");
                frame.write_segment(index, segment);
                black_box(segment);
            }
        });
    });
    group.finish();
}

/// Checks the segments of a super-packet and makes one write of them, up to the system call.
pub fn coalesce(criterion: &mut Criterion) {
    let (note, mut packet) = super_packet();
    let bytes = packet.len() as u64;
    let segments = segments(Frame::parse(note, &mut packet).expect("it is one"));
    let mut group = criterion.benchmark_group("coalesce");
    group.throughput(Throughput::Bytes(bytes));
    group.bench_function("super-packet", |bencher| {
        bencher.iter(|| {
            let mut run = Run::new(Merging::TcpAndUdp);
            for segment in &segments {
                let packet = Packet::parse(black_box(segment), TUN_MTU).expect("it is one");
                assert_eq!(run.push(&packet, true), Ok(true));
            }
            run.write_merged(|slices| black_box(slices.len()))
        });
    });
    group.finish();
}

fn segments(frame: Frame<'_>) -> Vec<Vec<u8>> {
    (0..frame.segments())
        .map(|index| {
            let mut segment = vec![0; frame.segment_length(index)];
            frame.write_segment(index, &mut segment);
            segment
        })
        .collect()
}
