//! A program on a pseudo-terminal, as tests and benchmarks start it: in an environment of its own, what
//! it writes read by a thread. What comes of the bytes is the caller's affair.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::mpsc::{Receiver, sync_channel};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// A program that runs, and both directions of its terminal.
pub(crate) struct Pty {
    pub(crate) output: Receiver<Vec<u8>>,
    pub(crate) input: Box<dyn Write + Send>,
    pub(crate) master: Box<dyn MasterPty + Send>,
    pub(crate) child: Box<dyn Child + Send + Sync>,
}

/// Starts a program at home in a folder, on a terminal of so many columns and rows.
pub(crate) fn start(
    mut command: CommandBuilder,
    folder: &Path,
    environment: &[(&str, &str)],
    (cols, rows): (u16, u16),
) -> Pty {
    let size = PtySize { rows, cols, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
    command.cwd(folder);
    command.env_clear();
    command.env("LANG", "C.UTF-8");
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("HOME", folder);
    command.env("TMPDIR", folder);
    for (name, value) in environment {
        command.env(name, value);
    }
    let child = pair.slave.spawn_command(command).expect("the program starts");
    let reader = pair.master.try_clone_reader().expect("a reader");
    let input = pair.master.take_writer().expect("a writer");
    Pty { output: follow(reader), input, master: pair.master, child }
}

/// The model of a terminal of so many columns and rows.
pub(crate) fn parser((columns, rows): (u16, u16)) -> vt100::Parser {
    let size = |n: u16| NonZeroU16::new(n).expect("no terminal here has a size of zero");
    vt100::Parser::new(size(rows), size(columns), 0)
}

fn follow(mut reader: Box<dyn Read + Send>) -> Receiver<Vec<u8>> {
    let (tx, rx) = sync_channel(64);
    std::thread::spawn(move || {
        let mut buffer = [0; 65536];
        while let Ok(count @ 1..) = reader.read(&mut buffer) {
            if tx.send(buffer[..count].to_vec()).is_err() {
                return;
            }
        }
    });
    rx
}
