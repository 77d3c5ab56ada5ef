//! The terminal while it is somebody else's: keys as raw bytes, output as it comes.
//!
//! Invariant: whoever has it, it is given back: when this is dropped nobody reads from the terminal any
//! more, and what was typed and not read is gone.

use std::io::{self, Write};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::sync::mpsc;

/// How long the reader waits before it looks whether it is still wanted.
const LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };

/// The bytes that are typed.
#[derive(Debug)]
pub struct Keys {
    bytes: mpsc::Receiver<Vec<u8>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Keys {
    /// Begins to read.
    #[must_use]
    pub fn read() -> Self {
        let (tx, bytes) = mpsc::channel(64);
        let stop = Arc::new(AtomicBool::new(false));
        let seen = stop.clone();
        let thread = std::thread::spawn(move || pump(&tx, &seen));
        Self { bytes, stop, thread: Some(thread) }
    }

    /// The next bytes; nothing when the terminal is gone.
    pub async fn next(&mut self) -> Option<Vec<u8>> {
        self.bytes.recv().await
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        self.bytes.close();
        if let Some(thread) = self.thread.take() {
            // It cannot panic in a way that concerns anyone: it only reads.
            let _ = thread.join();
        }
        let _ = rustix::termios::tcflush(io::stdin(), rustix::termios::QueueSelector::IFlush);
    }
}

fn pump(tx: &mpsc::Sender<Vec<u8>>, stop: &AtomicBool) {
    let stdin = io::stdin();
    let mut buffer = [0; 4096];
    while !stop.load(Ordering::SeqCst) {
        let mut ready = [PollFd::from_borrowed_fd(stdin.as_fd(), PollFlags::IN)];
        match poll(&mut ready, Some(&LOOK)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => continue,
            Ok(_) => {}
            Err(_) => return,
        }
        match rustix::io::read(stdin.as_fd(), &mut buffer[..]) {
            Ok(0) | Err(_) => return,
            Ok(count) => {
                if tx.blocking_send(buffer[..count].to_vec()).is_err() {
                    return;
                }
            }
        }
    }
}

/// Writes bytes of somebody else to the terminal.
///
/// # Errors
/// The terminal is gone.
pub fn write(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}
