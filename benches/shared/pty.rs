//! The program on a pseudo-terminal, as benchmarks see it: what stands on the screen, and every byte
//! that brought it there.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, MasterPty, PtySize, native_pty_system};

/// How long a screen may take before the benchmark gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// The program.
pub(crate) const MIZZEN: &str = env!("CARGO_BIN_EXE_mizzen");

/// A program on a terminal.
pub(crate) struct Screen {
    model: vt100::Parser,
    output: Receiver<Vec<u8>>,
    input: Box<dyn Write + Send>,
    child: Box<dyn portable_pty::Child + Send + Sync>,
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
    pub(crate) fn of(mut command: CommandBuilder, folder: &Path, (cols, rows): (u16, u16)) -> Self {
        let size = PtySize { rows, cols, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
        command.env_clear();
        for (name, value) in [("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("USER", "bench")] {
            command.env(name, value);
        }
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", folder);
        command.env("TMPDIR", folder);
        let child = pair.slave.spawn_command(command).expect("the program starts");
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let input = pair.master.take_writer().expect("a writer");
        let (tx, output) = sync_channel(64);
        std::thread::spawn(move || {
            let mut buffer = [0; 65536];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                if tx.send(buffer[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        let size = |n: u16| NonZeroU16::new(n).expect("not zero");
        let model = vt100::Parser::new(size(rows), size(cols), 0);
        Self { model, output, input, child, _master: pair.master }
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
