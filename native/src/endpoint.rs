//! The iroh endpoint as this product wants it.

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use iroh::address_lookup::{AddrFilter, DnsAddressLookup, PkarrPublisher, PkarrResolver};
use iroh::endpoint::{BindOpts, Builder, QuicTransportConfig, presets};
use iroh::{Endpoint, RelayMode, RelayUrl, SecretKey, TransportAddr};
use n0_future::StreamExt;
use n0_watcher::Watcher;

use crate::ALPN;
use crate::answering::Answering;
use crate::event::NativeEvent;
use crate::fast::FastPort;
use crate::lan::is_underlay;
use crate::mesh::Mesh;
use crate::path_choice::PathChoice;
use crate::port;
use crate::quic::SEND_BUFFER;

/// Paths that a connection may have at once, closed ones included for as long as QUIC remembers them.
///
/// iroh allows 8 (1.4.1). Whenever an address of ours goes, it also opens one from that very address, which holds its place for a
/// minute and a half; with 8, a machine that moves seven times in that time could open none from its next address.
const PATHS: u32 = 32;

/// Which servers of a kind to use.
pub enum Servers<T> {
    /// Those iroh runs for everybody.
    Default,
    /// None at all.
    None,
    /// These.
    Custom(Vec<T>),
}

/// How to start an endpoint.
pub struct Options {
    /// Our identity.
    pub secret_key: SecretKey,
    /// The UDP port to listen on; 0 for any.
    pub port: u16,
    /// Whether AES is fast here.
    pub hardware_aes: bool,
    /// Datagrams after which the fast path takes new keys, where that is sooner than it has to.
    pub rekey_after: u64,
    /// Relays, for meeting and as the last path.
    pub relay: Servers<RelayUrl>,
    /// Servers to publish our relay at and to look up peers.
    pub discovery: Servers<url::Url>,
}

/// Binds an endpoint. Where the wanted port is taken, the system chooses one (compare [`Mesh::ports`]).
///
/// The fast path's sockets are bound first, on the same port; without them, as on macOS, there is no fast path.
pub async fn bind(options: Options) -> Result<(Endpoint, Option<FastPort>), String> {
    let transport = QuicTransportConfig::builder()
        .datagram_send_buffer_size(SEND_BUFFER)
        .datagram_receive_buffer_size(Some(2 * SEND_BUFFER))
        // One control stream, opened by whoever dials.
        .max_concurrent_bidi_streams(1u32.into())
        .max_concurrent_uni_streams(0u32.into())
        .max_concurrent_multipath_paths(PATHS)
        .build();
    let port = port::choose(options.port);
    let answering = Arc::new(Answering::default());
    // On port 0 each socket would get another.
    let fast = match port {
        0 => None,
        port => FastPort::bind(
            port,
            options.hardware_aes,
            options.rekey_after,
            answering.clone(),
        )
        .ok(),
    };
    let builder = Endpoint::builder(presets::Minimal)
        .secret_key(options.secret_key)
        .alpns(vec![ALPN.to_vec()])
        .transport_config(transport)
        .path_selector(Arc::new(PathChoice::new(answering)))
        .relay_mode(match options.relay {
            Servers::Default => RelayMode::Default,
            Servers::None => RelayMode::Disabled,
            Servers::Custom(urls) => RelayMode::custom(urls),
        })
        .addr_filter(AddrFilter::new(|addresses| {
            Cow::Owned(
                addresses
                    .iter()
                    .filter(|address| is_publishable(address))
                    .cloned()
                    .collect(),
            )
        }))
        .clear_ip_transports();
    // Neither family is required: a host may lack one.
    let optional = || BindOpts::default().set_is_required(false);
    let builder = builder
        .bind_addr_with_opts((Ipv4Addr::UNSPECIFIED, port), optional())
        .and_then(|builder| builder.bind_addr_with_opts((Ipv6Addr::UNSPECIFIED, port), optional()))
        .map_err(|error| error.to_string())?;
    let endpoint = with_discovery(builder, options.discovery)
        .bind()
        .await
        .map_err(|error| error.to_string())?;
    if endpoint.bound_sockets().is_empty() {
        return Err("no UDP socket could be opened".to_owned());
    }
    Ok((endpoint, fast))
}

fn with_discovery(builder: Builder, discovery: Servers<url::Url>) -> Builder {
    match discovery {
        Servers::None => builder,
        Servers::Default => builder
            .address_lookup(PkarrPublisher::n0_dns())
            .address_lookup(PkarrResolver::n0_dns())
            .address_lookup(DnsAddressLookup::n0_dns()),
        Servers::Custom(urls) => urls.into_iter().fold(builder, |builder, url| {
            builder
                .address_lookup(PkarrPublisher::builder(url.clone()))
                .address_lookup(PkarrResolver::builder(url))
        }),
    }
}

/// Overlay addresses are never offered as ways to reach us: the tunnel would dial itself through itself.
fn is_publishable(address: &TransportAddr) -> bool {
    match address {
        TransportAddr::Ip(address) => is_underlay(&address.ip()),
        _ => true,
    }
}

/// Reports our own outer addresses whenever they change.
pub async fn watch_addresses(mesh: std::sync::Weak<Mesh>, endpoint: Endpoint) {
    let mut addresses = endpoint.watch_addr().stream();
    drop(endpoint);
    while let Some(address) = addresses.next().await {
        let Some(mesh) = mesh.upgrade() else { return };
        mesh.events.send(NativeEvent::Addresses {
            direct: address
                .ip_addrs()
                .filter(|direct| is_underlay(&direct.ip()))
                .map(ToString::to_string)
                .collect(),
            relay: address.relay_urls().next().map(ToString::to_string),
        });
    }
}
