//! The program on a pseudo-terminal, as benchmarks see it: what stands on the screen, and every byte
//! that brought it there.

use std::io::Write;
use std::path::Path;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty};

use crate::pty::{Pty, parser, start};

/// How long a screen may take before the benchmark gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// The program.
pub(crate) const MIZZEN: &str = env!("CARGO_BIN_EXE_mizzen");

/// A program on a terminal.
pub(crate) struct Screen {
    model: vt100::Parser,
    output: Receiver<Vec<u8>>,
    input: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    _master: Box<dyn MasterPty + Send>,
}

impl Screen {
    /// Ours, with these words, on a terminal of so many columns and rows.
    pub(crate) fn start(words: &[&str], folder: &Path, size: (u16, u16)) -> Self {
        let mut command = CommandBuilder::new(MIZZEN);
        command.args(words);
        Self::of(command, folder, size)
    }

    /// Any program.
    pub(crate) fn of(command: CommandBuilder, folder: &Path, size: (u16, u16)) -> Self {
        let environment = [("TERM", "xterm-256color"), ("USER", "bench")];
        let Pty { output, input, master, child } = start(command, folder, &environment, size);
        Self { model: parser(size), output, input, child, _master: master }
    }

    /// Types.
    pub(crate) fn send(&mut self, keys: &str) {
        self.input
            .write_all(keys.as_bytes())
            .and_then(|()| self.input.flush())
            .expect("the program listens");
    }

    /// Reads until a text stands on the screen.
    pub(crate) fn until(&mut self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        while !self.model.screen().contents().contains(text) {
            self.read(deadline).expect("the screen shows it in time");
        }
    }

    /// What comes next, if anything does before a moment.
    pub(crate) fn read(&mut self, deadline: Instant) -> Option<Vec<u8>> {
        let left = deadline.saturating_duration_since(Instant::now());
        let bytes = self.output.recv_timeout(left).ok()?;
        self.model.process(&bytes);
        Some(bytes)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
