//! A peer that keeps to no rule, for the end-to-end scenarios (`e2e/hostile.ts`). Never shipped.
//!
//! `hostile dial --secret HEX --peer ID --addr IP:PORT [--silent]` connects and then takes lines on stdin: `send HEX`
//! sends a datagram as it is, `message N HEX` a control message N times. `agree` asks for keys of the fast path; then `seal HEX` shows
//! the datagram that holds this as a packet, `seal-unsummed HEX` as one without its checksum, and leaves it to others to send it. `hostile knock --peer ID --addr IP:PORT --count N`
//! knocks with that many fresh identities. What happens is printed as one JSON object a line.
//!
//! `hostile without-ipv6 -- COMMAND…` runs a command to which the kernel looks as if it had no IPv6 at all.
#![allow(clippy::print_stdout)]

mod sealing;

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use iroh::endpoint::{Connection, presets};
use iroh::{Endpoint, EndpointAddr, PublicKey, RelayMode, SecretKey};
use rayfish_native::fast::header::Kind;
use rayfish_native::{ALPN, control};
use sealing::Sealing;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::sync::Semaphore;

type Anything<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

const HELLO: &[u8] =
    br#"{"type":"hello","name":"mallory","platform":"linux","version":"0","features":[],"paused":false}"#;

/// Identities that knock at once.
const KNOCKERS: usize = 16;

#[tokio::main]
async fn main() -> Anything<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.first().is_some_and(|word| word == "without-ipv6") {
        return without_ipv6(words.get(2..).unwrap_or_default());
    }
    let options = options(&words);
    let option = |name: &str| {
        options
            .get(name)
            .copied()
            .ok_or(format!("--{name} is missing"))
    };
    let peer = PublicKey::from_bytes(&unhex(option("peer")?)?.as_slice().try_into()?)?;
    let address = EndpointAddr::new(peer).with_ip_addr(option("addr")?.parse()?);
    match words.first().map(String::as_str) {
        Some("dial") => {
            let secret = SecretKey::from_bytes(&unhex(option("secret")?)?.as_slice().try_into()?);
            dial(secret, address, options.contains_key("silent")).await
        }
        Some("knock") => knock(address, option("count")?.parse()?).await,
        _ => Err("dial or knock".into()),
    }
}

fn options(words: &[String]) -> HashMap<&str, &str> {
    words
        .iter()
        .enumerate()
        .filter_map(|(at, word)| {
            let value = words.get(at + 1).map_or("", String::as_str);
            Some((word.strip_prefix("--")?, value))
        })
        .collect()
}

async fn endpoint(secret: SecretKey) -> Anything<Endpoint> {
    Ok(Endpoint::builder(presets::Minimal)
        .secret_key(secret)
        .alpns(vec![ALPN.to_vec()])
        .relay_mode(RelayMode::Disabled)
        .bind()
        .await?)
}

async fn dial(secret: SecretKey, address: EndpointAddr, silent: bool) -> Anything<()> {
    let endpoint = endpoint(secret).await?;
    let connection = endpoint.connect(address, ALPN).await?;
    tokio::spawn(print_datagrams(connection.clone()));
    let watched = connection.clone();
    let closed = tokio::spawn(async move {
        let reason = watched.closed().await.to_string().replace('"', "'");
        println!(r#"{{"event":"closed","reason":"{reason}"}}"#);
    });
    let mut control = None;
    let sealing = Arc::new(Sealing::default());
    if silent {
        println!(r#"{{"event":"connected"}}"#);
    } else {
        let (mut send, mut recv) = connection.open_bi().await?;
        control::write_opening(&mut send, 1, HELLO)
            .await
            .map_err(|error| error.to_string())?;
        if let Ok((_, hello)) = control::read_opening(&mut recv).await {
            println!(r#"{{"event":"connected"}}"#);
            print_payload("message", &hello);
            control = Some(send);
            let (sealing, connection) = (sealing.clone(), connection.clone());
            tokio::spawn(async move {
                while let Ok(message) = control::read_message(&mut recv).await {
                    print_payload("message", &message);
                    if sealing.receive(&message, &connection) {
                        println!(r#"{{"event":"agreed"}}"#);
                    }
                }
            });
        }
    }
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let mut words = line.split_whitespace();
        match (words.next(), words.next(), words.next()) {
            (Some("send"), payload, None) => {
                let datagram = Bytes::from(unhex(payload.unwrap_or(""))?);
                let outcome = connection.send_datagram_wait(datagram).await.is_ok();
                println!(r#"{{"event":"sent","ok":{outcome}}}"#);
            }
            (Some("message"), Some(times), payload) => {
                let message = unhex(payload.unwrap_or(""))?;
                for _ in 0..times.parse::<u32>()? {
                    let Some(send) = control.as_mut() else { break };
                    if control::write_message(send, &message).await.is_err() {
                        break;
                    }
                }
            }
            (Some("agree"), None, None) => {
                let Some(send) = control.as_mut() else { break };
                control::write_message(send, &sealing.ask()?)
                    .await
                    .map_err(|error| error.to_string())?;
            }
            (Some(word @ ("seal" | "seal-unsummed")), Some(content), None) => {
                let kind = match word {
                    "seal" => Kind::Packet,
                    _ => Kind::Unsummed,
                };
                print_payload("sealed", &sealing.seal(kind, &unhex(content)?)?);
            }
            _ => return Err(format!("no such command: {line}").into()),
        }
    }
    connection.close(0u32.into(), b"");
    let _ = closed.await;
    endpoint.close().await;
    Ok(())
}

async fn print_datagrams(connection: Connection) {
    while let Ok(datagram) = connection.read_datagram().await {
        print_payload("datagram", &datagram);
    }
}

fn print_payload(event: &str, payload: &[u8]) {
    let hex: String = payload.iter().map(|byte| format!("{byte:02x}")).collect();
    println!(r#"{{"event":"{event}","hex":"{hex}"}}"#);
}

async fn knock(address: EndpointAddr, count: usize) -> Anything<()> {
    let seats = Arc::new(Semaphore::new(KNOCKERS));
    let mut knocks = Vec::with_capacity(count);
    for _ in 0..count {
        let seat = seats.clone().acquire_owned().await?;
        let address = address.clone();
        knocks.push(tokio::spawn(async move {
            let presented = knock_once(address).await.is_ok();
            drop(seat);
            presented
        }));
    }
    let mut presented = 0;
    for knock in knocks {
        presented += usize::from(knock.await?);
    }
    println!(
        r#"{{"event":"done","presented":{presented},"failed":{}}}"#,
        count - presented
    );
    Ok(())
}

/// Connects with a new identity, says hello and waits to be turned away.
async fn knock_once(address: EndpointAddr) -> Anything<()> {
    let endpoint = endpoint(SecretKey::generate()).await?;
    let connection = endpoint.connect(address, ALPN).await?;
    let (mut send, _recv) = connection.open_bi().await?;
    control::write_opening(&mut send, 1, HELLO)
        .await
        .map_err(|error| error.to_string())?;
    connection.closed().await;
    endpoint.close().await;
    Ok(())
}

fn unhex(text: &str) -> Anything<Vec<u8>> {
    (0..text.len() / 2)
        .map(|at| {
            let pair = text.get(2 * at..2 * at + 2).ok_or("not ASCII")?;
            Ok(u8::from_str_radix(pair, 16)?)
        })
        .collect()
}

/// Replaces this process by `command`, for which `socket(AF_INET6, …)` fails as on a kernel without IPv6.
fn without_ipv6(command: &[String]) -> Anything<()> {
    use seccompiler::{
        SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    };
    use std::os::unix::process::CommandExt;

    let is_ipv6 = SeccompCondition::new(
        0,
        SeccompCmpArgLen::Dword,
        SeccompCmpOp::Eq,
        libc::AF_INET6 as u64,
    )?;
    let filter = SeccompFilter::new(
        [(libc::SYS_socket, vec![SeccompRule::new(vec![is_ipv6])?])].into(),
        SeccompAction::Allow,
        SeccompAction::Errno(libc::EAFNOSUPPORT as u32),
        std::env::consts::ARCH.try_into()?,
    )?;
    let program: seccompiler::BpfProgram = filter.try_into()?;
    seccompiler::apply_filter(&program)?;
    let (name, arguments) = command.split_first().ok_or("no command")?;
    Err(std::process::Command::new(name)
        .args(arguments)
        .exec()
        .into())
}
