//! A pseudo-terminal with the program on one end and a terminal model on the other.

use std::io::Write;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize};

use crate::pty::{self, Pty, parser};

/// How long a condition may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Terminal {
    model: vt100::Parser,
    output: Receiver<Vec<u8>>,
    input: Box<dyn Write + Send>,
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    folder: tempfile::TempDir,
}

impl Terminal {
    /// The console on a hub that does not answer.
    pub(crate) fn console_without_hub(size: (u16, u16)) -> Self {
        Self::start(&["console", "--stats"], "xterm-256color", size)
    }

    /// The console on the demo's world.
    pub(crate) fn demo(size: (u16, u16)) -> Self {
        Self::start(&["demo", "--stats"], "xterm-256color", size)
    }

    /// The console on the demo's world, which keeps what is seen in a file.
    pub(crate) fn recording(size: (u16, u16), file: &Path) -> Self {
        let file = file.display().to_string();
        Self::start(&["demo", "--record", &file], "xterm-256color", size)
    }

    /// What such a file holds.
    pub(crate) fn replay(size: (u16, u16), file: &Path) -> Self {
        Self::start(&["replay", &file.display().to_string()], "xterm-256color", size)
    }

    /// The console in a terminal of another kind.
    pub(crate) fn with_term(term: &str, size: (u16, u16)) -> Self {
        Self::start(&["console"], term, size)
    }

    fn start(words: &[&str], term: &str, size: (u16, u16)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let kubeconfig = folder.path().join("kubeconfig");
        std::fs::write(&kubeconfig, NOBODY).expect("a file in a temporary folder");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_mizzen"));
        command.args(words);
        let kubeconfig = kubeconfig.display().to_string();
        let environment = [("TERM", term), ("USER", "alice"), ("KUBECONFIG", &kubeconfig)];
        let Pty { output, input, master, child } =
            pty::start(command, folder.path(), &environment, size);
        Self { model: parser(size), output, input, master, child, folder }
    }

    /// Where the program runs.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.input.write_all(bytes).and_then(|()| self.input.flush()).expect("the program listens");
    }

    pub(crate) fn resize(&mut self, (columns, rows): (u16, u16)) {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        self.master.resize(size).expect("a pseudo-terminal has a size");
        self.model = parser((columns, rows));
    }

    pub(crate) fn signal(&mut self, name: &str) {
        let id = self.child.process_id().expect("it runs").to_string();
        let sent = std::process::Command::new("kill").args(["-s", name, &id]).status();
        assert!(sent.is_ok_and(|status| status.success()), "kill -s {name} {id}");
    }

    /// Reads until the screen fits.
    pub(crate) fn until(&mut self, what: &str, fits: impl Fn(&str) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !fits(&self.model.screen().contents()) {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.model.process(&bytes),
                Err(why) => panic!("{what}: {why}\n{}", self.model.screen().contents()),
            }
        }
    }

    /// Presses a key again and again until the screen fits: a sheet is deaf for a moment.
    pub(crate) fn press(&mut self, key: &[u8], what: &str, fits: impl Fn(&str) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !fits(&self.screen()) {
            assert!(Instant::now() < deadline, "{what}\n{}", self.screen());
            self.send(key);
            let pause = Instant::now() + Duration::from_millis(400);
            while !fits(&self.screen()) {
                let left = pause.saturating_duration_since(Instant::now());
                match self.output.recv_timeout(left) {
                    Ok(bytes) => self.model.process(&bytes),
                    Err(RecvTimeoutError::Timeout) => break,
                    Err(why) => panic!("{what}: {why}\n{}", self.screen()),
                }
            }
        }
    }

    /// What stands on the screen.
    pub(crate) fn screen(&self) -> String {
        self.model.screen().contents()
    }

    /// Waits for the end: exit code 0, main screen, cursor shown, paste off. Answers what stands on
    /// the main screen.
    pub(crate) fn ended_well(mut self) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.model.process(&bytes),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    panic!("it does not end\n{}", self.model.screen().contents())
                }
            }
        }
        let status = self.child.wait().expect("it ended");
        let screen = self.model.screen();
        assert!(status.success(), "{status:?}\n{}", screen.contents());
        assert!(!screen.alternate_screen(), "the main screen is back");
        assert!(!screen.hide_cursor(), "the cursor is shown");
        assert!(!screen.bracketed_paste(), "paste is off");
        screen.contents()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
    }
}

/// A hub at a port where nothing listens.
const NOBODY: &str = "apiVersion: v1
kind: Config
current-context: nobody
clusters: [{name: nobody, cluster: {server: 'https://127.0.0.1:9'}}]
users: [{name: alice, user: {token: none}}]
contexts: [{name: nobody, context: {cluster: nobody, user: alice}}]
";
