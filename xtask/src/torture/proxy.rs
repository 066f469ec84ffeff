//! A proxy of our own that can do what networks do: cut, hang, and lead somewhere else.

use super::Result;
use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

/// A listening proxy; it lives as long as the process.
#[derive(Debug, Clone)]
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    targets: Mutex<Vec<SocketAddr>>,
    open: Mutex<Vec<TcpStream>>,
    hangs: AtomicBool,
    next: AtomicUsize,
}

impl Proxy {
    /// Listens on a port of its own; connections go to the targets in turn, past those that do not answer.
    pub(crate) fn start(targets: &[SocketAddr]) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            targets: Mutex::new(targets.to_vec()),
            open: Mutex::new(Vec::new()),
            hangs: AtomicBool::new(false),
            next: AtomicUsize::new(0),
        });
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let shared = Arc::clone(&serving);
                thread::spawn(move || shared.carry(client));
            }
        });
        Ok(Self { address, shared })
    }

    /// New connections go there from now on.
    pub(crate) fn lead_to(&self, targets: &[SocketAddr]) {
        if let Ok(mut known) = self.shared.targets.lock() {
            targets.clone_into(&mut known);
        }
    }

    /// Cuts every connection.
    pub(crate) fn cut(&self) {
        if let Ok(mut open) = self.shared.open.lock() {
            for stream in open.drain(..) {
                stream.shutdown(Shutdown::Both).ok();
            }
        }
    }

    /// Nothing passes while it hangs, and nothing is lost.
    pub(crate) fn hang(&self, hangs: bool) {
        self.shared.hangs.store(hangs, Ordering::Relaxed);
    }
}

impl Shared {
    fn carry(self: Arc<Self>, client: TcpStream) {
        let targets = self.targets.lock().map(|targets| targets.clone()).unwrap_or_default();
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        let found = (0..targets.len()).find_map(|nth| {
            let target = targets[(first + nth) % targets.len()];
            TcpStream::connect_timeout(&target, Duration::from_secs(1)).ok()
        });
        // Nobody answers: the client sees its connection end, and tries again.
        let Some(server) = found else { return };
        client.set_nodelay(true).ok();
        server.set_nodelay(true).ok();
        let (Ok(client_too), Ok(server_too)) = (client.try_clone(), server.try_clone()) else { return };
        if let (Ok(mut open), Ok(one), Ok(other)) = (self.open.lock(), client.try_clone(), server.try_clone())
        {
            open.push(one);
            open.push(other);
        }
        let back = Arc::clone(&self);
        let answers = thread::spawn(move || back.pump(server_too, client_too));
        self.pump(client, server);
        answers.join().ok();
    }

    fn pump(&self, mut from: TcpStream, mut to: TcpStream) {
        let mut piece = [0; 32 * 1024];
        loop {
            let count = from.read(&mut piece).unwrap_or(0);
            while self.hangs.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(5));
            }
            if count == 0 || to.write_all(&piece[..count]).is_err() {
                // One side ended: so does the other.
                from.shutdown(Shutdown::Both).ok();
                to.shutdown(Shutdown::Both).ok();
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_pass_and_a_cut_ends_both_sides() {
        let target = TcpListener::bind("127.0.0.1:0").expect("a port");
        let gone = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
        let proxy = Proxy::start(&[gone, target.local_addr().expect("an address")]).expect("a proxy");
        let mut client = TcpStream::connect(proxy.address).expect("connects");
        client.write_all(b"hello").expect("sent");
        let (mut server, _) = target.accept().expect("passed on, past the target that is gone");
        let mut got = [0; 5];
        server.read_exact(&mut got).expect("arrives");
        assert_eq!(&got, b"hello");
        proxy.cut();
        assert_eq!(client.read(&mut got).unwrap_or(0), 0);
        assert_eq!(server.read(&mut got).unwrap_or(0), 0);
    }
}
