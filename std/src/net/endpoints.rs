//! [`Endpoints`]: the endpoints of one socket that leave the process.

#![forbid(unsafe_code)]

use std::cell::{OnceCell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::*};
use std::sync::mpsc;
use std::time::Duration;

use gimmal_core::error::socket::EndpointError;
use gimmal_core::socket::{Identity, Kind};
use tokio::sync::oneshot;

use super::accept::accept;
use super::address::Address;
use super::bridge::Bridge;
use super::dial::dial;
use super::direct::{Gate, direct};
use super::hub::Hub;
use super::info::WireStatus;
use super::io;
use super::listener::Listener;
use super::options::WireOptions;
use super::our_side::{Form, OurSide};
use super::owner::Owner;
use crate::generation::Generation;

/// How long closing waits for the thread that does the input and output to let an address go. It
/// does so at once, unless the process is stopped.
const LET_GO: Duration = Duration::from_secs(1);

/// What a socket must let be done to it.
pub(crate) trait Host {
    /// Its slot.
    fn slot(&self) -> usize;
    /// Its pattern.
    fn kind(&self) -> Kind;
    /// By what Routers know it.
    fn identity(&self) -> Identity;
    /// Gives it a name.
    fn bind(&self, name: &str) -> Result<(), EndpointError>;
    /// Takes the name, and leaves the links that were made by it.
    fn unbind(&self, name: &str);
    /// Cuts the links that were made by the name.
    fn cut(&self, name: &str);
}

/// One endpoint.
struct Entry {
    /// As it was asked for, and as it is.
    asked: String,
    endpoint: Arc<str>,
    name: Arc<str>,
    given_up: Arc<AtomicBool>,
    listening: Option<Listening>,
}

struct Listening {
    /// The process whose thread listens: a forked child has none, and waits for none.
    process: Generation,
    stop: oneshot::Sender<()>,
    closed: mpsc::Receiver<()>,
}

impl Entry {
    /// Takes no more peers; the address is free when this returns.
    fn give_up(self) -> Arc<str> {
        // The name is taken from the socket after this, under the lock of the context. Who connects
        // to it later has held that lock, and looks once more.
        self.given_up.store(true, Relaxed); // R: see above
        if let Some(listening) = self.listening
            && listening.process.is_current()
        {
            let _ = listening.stop.send(());
            // It ends without a word.
            let _ = listening.closed.recv_timeout(LET_GO);
        }
        self.name
    }
}

/// The endpoints of one socket that leave the process.
pub(crate) struct Endpoints {
    hub: Option<Arc<Hub>>,
    owner: OnceCell<Arc<Owner>>,
    list: RefCell<Vec<Entry>>,
    last: RefCell<Option<Arc<str>>>,
    options: RefCell<Arc<WireOptions>>,
}

impl Endpoints {
    pub(crate) fn new(hub: Option<Arc<Hub>>) -> Self {
        Endpoints {
            hub,
            owner: OnceCell::new(),
            list: RefCell::default(),
            last: RefCell::default(),
            options: RefCell::default(),
        }
    }

    pub(crate) fn set_options(&self, options: WireOptions) {
        *self.options.borrow_mut() = Arc::new(options);
    }

    pub(crate) fn last(&self) -> Option<String> {
        self.last.borrow().as_deref().map(String::from)
    }

    fn hub(&self) -> Result<&Arc<Hub>, EndpointError> {
        let hub = self.hub.as_ref().ok_or(EndpointError::CarriesBytesOnly)?;
        match *hub.is_over().borrow() {
            true => Err(EndpointError::Terminated),
            false => Ok(hub),
        }
    }

    /// Asked before there is anything to undo.
    fn form(host: &dyn Host) -> Result<Form, EndpointError> {
        Form::of(host.kind()).ok_or(EndpointError::UnsupportedTransport)
    }

    fn owner(&self, host: &dyn Host) -> Arc<Owner> {
        let make = || {
            let name = self.hub.as_ref().and_then(|hub| hub.name(host.identity()));
            Arc::new(Owner::new(
                host.slot(),
                host.kind(),
                name.unwrap_or_default(),
            ))
        };
        self.owner.get_or_init(make).clone()
    }

    fn ours(
        &self,
        host: &dyn Host,
        hub: &Arc<Hub>,
        form: Form,
        endpoint: &str,
        asked: &str,
    ) -> OurSide {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Relaxed); // R: a count
        OurSide {
            hub: hub.clone(),
            owner: self.owner(host),
            form,
            options: self.options.borrow().clone(),
            endpoint: endpoint.into(),
            asked: asked.into(),
            // A name that nobody gives by chance.
            name: format!("inproc://\0wire {number}").into(),
            gate: Gate::default(),
        }
    }

    pub(crate) fn bind(&self, host: &dyn Host, asked: &str) -> Result<(), EndpointError> {
        let hub = self.hub()?;
        let form = Self::form(host)?;
        let address = Address::to_bind(asked)?;
        let io = io::handle().map_err(|error| system(&error))?;
        let (listener, endpoint) = {
            let _inside = io.enter();
            Listener::open(&address)?
        };
        let ours = self.ours(host, hub, form, &endpoint, asked);
        host.bind(&ours.name)?;
        let (stop, stopped) = oneshot::channel();
        let (closes, closed) = mpsc::channel();
        let entry = Entry {
            asked: asked.into(),
            endpoint: ours.endpoint.clone(),
            name: ours.name.clone(),
            given_up: Arc::default(),
            listening: Some(Listening {
                process: Generation::current(),
                stop,
                closed,
            }),
        };
        *self.last.borrow_mut() = Some(entry.endpoint.clone());
        hub.name_endpoint(&entry.name, Some(&entry.endpoint));
        let given_up = entry.given_up.clone();
        self.list.borrow_mut().push(entry);
        io.spawn(accept(listener, ours, stopped, given_up, closes));
        Ok(())
    }

    pub(crate) fn connect(&self, host: &dyn Host, asked: &str) -> Result<(), EndpointError> {
        let hub = self.hub()?;
        let form = Self::form(host)?;
        let address = Address::to_connect(asked)?;
        let io = io::handle().map_err(|error| system(&error))?;
        let ours = self.ours(host, hub, form, asked, asked);
        let status = Arc::new(WireStatus::new(host.slot(), asked, &ours.asked));
        let opened = Bridge::open(hub, ours.form.opposite, &status);
        let bridge = opened.map_err(|_| EndpointError::TooManyConnections)?;
        host.bind(&ours.name)?;
        // What is sent before there is a connection waits in the link.
        if let Err(why) = bridge.connect(&ours.name) {
            host.unbind(&ours.name);
            return Err(why);
        }
        let entry = Entry {
            asked: asked.into(),
            endpoint: ours.endpoint.clone(),
            name: ours.name.clone(),
            given_up: Arc::default(),
            listening: None,
        };
        hub.name_endpoint(&entry.name, Some(&entry.endpoint));
        let given_up = entry.given_up.clone();
        self.list.borrow_mut().push(entry);
        let kind = host.kind();
        io.spawn(direct(io.clone(), kind, move |gate| {
            let ours = OurSide { gate, ..ours };
            dial(ours, bridge, status, address, given_up)
        }));
        Ok(())
    }

    /// Stops listening; the peers stay.
    pub(crate) fn unbind(&self, host: &dyn Host, endpoint: &str) -> Result<(), EndpointError> {
        let name = self.take(endpoint, true)?.give_up();
        self.forget_name(&name);
        host.unbind(&name);
        Ok(())
    }

    /// Ends the connection, once what was sent is written.
    pub(crate) fn disconnect(&self, host: &dyn Host, endpoint: &str) -> Result<(), EndpointError> {
        let name = self.take(endpoint, false)?.give_up();
        self.forget_name(&name);
        host.cut(&name);
        host.unbind(&name);
        Ok(())
    }

    fn forget_name(&self, name: &Arc<str>) {
        if let Some(hub) = &self.hub {
            hub.name_endpoint(name, None);
        }
    }

    /// The oldest endpoint of this name.
    fn take(&self, endpoint: &str, listens: bool) -> Result<Entry, EndpointError> {
        let mut list = self.list.borrow_mut();
        let at = list.iter().position(|entry| {
            entry.listening.is_some() == listens
                && (entry.asked == endpoint || &*entry.endpoint == endpoint)
        });
        at.map(|at| list.remove(at))
            .ok_or(EndpointError::NotConnected)
    }

    /// The socket closes: nobody comes any more, and addresses are free. What it has sent is
    /// written as long as the context lives.
    pub(crate) fn close(&mut self) {
        for entry in std::mem::take(self.list.get_mut()) {
            let name = entry.give_up();
            self.forget_name(&name);
        }
    }

    pub(crate) fn set_linger(&self, host: &dyn Host, linger: Option<Duration>) {
        if self.hub.is_some() {
            self.owner(host).set_linger(linger);
        }
    }

    pub(crate) fn subscribes(&self, host: &dyn Host, prefix: &[u8], more: bool) {
        if self.hub.is_some() {
            self.owner(host).subscribes(prefix, more);
        }
    }
}

fn system(error: &std::io::Error) -> EndpointError {
    EndpointError::System(error.raw_os_error().unwrap_or(0))
}
