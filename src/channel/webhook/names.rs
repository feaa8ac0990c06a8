//! Where a webhook's host name leads, and where it may lead.
//!
//! Owns the looking up and the check of each address before a connection to
//! it is made. An address that stands in the URL itself is the town's own
//! word and does not come here; a name may be changed by others, and must not
//! turn our signed messages to a service of this machine. It must not connect.

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::task::AbortHandle;
use tokio::time::timeout;

/// How long a name is looked up.
const LIMIT: Duration = Duration::from_secs(5);

/// The addresses of a name, or why there are none.
pub type LookedUp = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Who knows where names lead.
pub trait LookUp: Send + Sync {
    /// Every address of a name.
    fn look_up(&self, name: &str) -> LookedUp;
}

/// The system's own names: its hosts file and its name servers.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemNames;

impl LookUp for SystemNames {
    fn look_up(&self, name: &str) -> LookedUp {
        let name = name.to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

type Found = Result<Vec<IpAddr>, Arc<str>>;

/// The names of one webhook.
pub(super) struct Names {
    names: Arc<dyn LookUp>,
    /// Whether a name may lead to this machine.
    internal: bool,
    /// The lookup that runs, so that a name server that is slow holds one of
    /// the system's threads and not one for each message.
    running: Mutex<Option<Running>>,
}

/// A lookup on its way, and a sight of what it finds.
type Running = (AbortHandle, Shared<BoxFuture<'static, Found>>);

impl Names {
    pub(super) fn new(names: Arc<dyn LookUp>, internal: bool) -> Self {
        Self {
            names,
            internal,
            running: Mutex::new(None),
        }
    }

    fn look_up(&self, name: &str) -> Shared<BoxFuture<'static, Found>> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        // Why: what ended while nobody waited for it is old by now.
        if let Some((task, lookup)) = &*running
            && !task.is_finished()
        {
            return lookup.clone();
        }
        // Why a task of its own: it goes on when the message that began it
        // has given up, and the next one may still wait for it.
        let lookup = tokio::spawn(self.names.look_up(name));
        let task = lookup.abort_handle();
        let found = async move {
            match lookup.await {
                Ok(Ok(found)) => Ok(found),
                Ok(Err(error)) => Err(error.to_string().into()),
                Err(_) => Err("the lookup failed".into()),
            }
        };
        let lookup = found.boxed().shared();
        *running = Some((task, lookup.clone()));
        lookup
    }
}

impl Names {
    /// Where a name leads, as far as it may; else why not, in a sentence.
    pub(super) async fn find(&self, name: &str) -> Result<Vec<IpAddr>, String> {
        find(self.look_up(name), name, self.internal).await
    }
}

/// For the library, where it looks names up.
impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let (name, internal) = (name.as_str().to_owned(), self.internal);
        let lookup = self.look_up(&name);
        Box::pin(async move {
            let found = find(lookup, &name, internal).await;
            let found = found.map_err(io::Error::other)?;
            let found = found.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(found) as Addrs)
        })
    }
}

async fn find(
    lookup: Shared<BoxFuture<'static, Found>>,
    name: &str,
    internal: bool,
) -> Result<Vec<IpAddr>, String> {
    let internal = internal || is_localhost(name);
    let found = timeout(LIMIT, lookup).await;
    let found = found.unwrap_or_else(|_| Err("no answer to the lookup in time".into()));
    let found = found.map_err(|why| format!("{name}: {why}"))?;
    let inside = found.iter().copied().find(|address| is_inside(*address));
    let allowed = found.into_iter();
    let allowed = allowed.filter(|address| internal || !is_inside(*address));
    let allowed: Vec<_> = allowed.collect();
    match (allowed.is_empty(), inside) {
        (false, _) => Ok(allowed),
        (true, Some(address)) => Err(format!(
            "the name {name} leads to {address}, inside this machine or its link: nothing is posted there unless the url has the address itself, or the webhook says internal = true"
        )),
        (true, None) => Err(format!("{name} has no address")),
    }
}

/// The one name that means this machine wherever it stands (RFC 6761).
fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name.eq_ignore_ascii_case("localhost") || name.to_ascii_lowercase().ends_with(".localhost")
}

/// This machine, its link, or the services of a cloud that trust whoever asks.
/// A private network is not inside: that is where a town's gateway stands.
fn is_inside(address: IpAddr) -> bool {
    const CLOUDS: [IpAddr; 3] = [
        IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
        IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
        IpAddr::V6(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)),
    ];
    let address = carried(address);
    CLOUDS.contains(&address)
        || match address {
            IpAddr::V4(four) => {
                // 0.0.0.0/8 is this machine too.
                let this = four.octets()[0] == 0;
                this || four.is_loopback() || four.is_link_local() || four.is_broadcast()
            }
            IpAddr::V6(six) => {
                six.is_loopback() || six.is_unspecified() || six.is_unicast_link_local()
            }
        }
}

/// The IPv4 address that an IPv6 one carries, where it carries one: mapped or compatible
/// (RFC 4291 2.5.5), of NAT64 (RFC 6052 2.1) or of 6to4 (RFC 3056 2).
fn carried(address: IpAddr) -> IpAddr {
    let IpAddr::V6(six) = address.to_canonical() else {
        return address.to_canonical();
    };
    let four = |high: u16, low: u16| {
        IpAddr::V4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
    };
    match six.segments() {
        [0x2002, high, low, ..] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => four(high, low),
        // Why not those below: `::` and `::1` are addresses of IPv6 itself.
        [0, 0, 0, 0, 0, 0, high, low] if high > 0 => four(high, low),
        _ => IpAddr::V6(six),
    }
}
