//! A console without a terminal: messages of the runtime in, screens as text out.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use mizzen::console::effect::Runtime;
use mizzen::console::effect::journal::Journal;
use mizzen::console::effect::live::Live;
use mizzen::console::model::Model;
use mizzen::console::model::keymap::Keymap;
use mizzen::console::model::theme::Theme;
use mizzen::console::term::input::Input;
use mizzen::console::update::{Msg, update};
use mizzen::console::view::paint;
use tempfile::TempDir;
use tokio::sync::mpsc;

use crate::fleet::Fleet;

/// How long a condition may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Driver {
    model: Model,
    theme: Theme,
    runtime: Runtime,
    /// Where what is changed is kept; it goes with the driver.
    _journal: TempDir,
    messages: mpsc::Receiver<Msg>,
    deaf: bool,
}

impl Driver {
    pub(crate) fn start(fleet: &Fleet) -> Self {
        Self::on(fleet.client(), (160, 40))
    }

    /// On any hub, at a size.
    pub(crate) fn on(hub: kube::Client, size: (u16, u16)) -> Self {
        let keymap = Keymap::built_in("default").expect("the default keymap is valid");
        let mut model = Model::new(keymap, Timestamp::now());
        model.size = size;
        let (tx, messages) = mpsc::channel(256);
        let journal = tempfile::tempdir().expect("a folder for the journal");
        let world = Arc::new(Live::new("hub", "alice", hub));
        Self {
            model,
            theme: Theme::built_in("dark").expect("the dark theme is valid"),
            runtime: Runtime::start(world, tx, Journal::in_folder(journal.path())),
            _journal: journal,
            messages,
            deaf: false,
        }
    }

    /// From now on the console hears nothing but what its own effects answer, as on a slow link.
    pub(crate) fn deafen(&mut self) {
        self.deaf = true;
    }

    pub(crate) fn keys(&mut self, keys: &[&str]) {
        for key in keys {
            let later = self.model.now + SignedDuration::from_secs(2);
            self.send(Msg::Input(Input::Key((*key).to_owned()), later));
        }
    }

    fn send(&mut self, msg: Msg) {
        if self.deaf && matches!(msg, Msg::Apps { .. }) {
            return;
        }
        for effect in update(&mut self.model, msg) {
            self.runtime.carry_out(effect);
        }
        let now = self.model.now;
        update(&mut self.model, Msg::Painted(now));
    }

    fn screen(&self) -> String {
        let buffer = paint(&self.model, &self.theme);
        let rows = buffer.content.chunks(usize::from(buffer.area.width));
        let lines = rows.map(|row| row.iter().map(|cell| cell.symbol()).collect::<String>());
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Takes messages in until the screen fits.
    pub(crate) async fn until(&mut self, what: &str, fits: impl Fn(&str) -> bool) {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while !fits(&self.screen()) {
            match tokio::time::timeout_at(deadline, self.messages.recv()).await {
                Ok(Some(msg)) => self.send(msg),
                Ok(None) => panic!("{what}: the runtime ended\n{}", self.screen()),
                Err(_) => panic!("{what}: not within {PATIENCE:?}\n{}", self.screen()),
            }
        }
    }

    /// Listens for a while during which nothing happens; answers how many messages changed the screen.
    pub(crate) async fn idle(&mut self) -> usize {
        let deadline = tokio::time::Instant::now() + Duration::from_millis(700);
        let mut changes = 0;
        while let Ok(Some(msg)) = tokio::time::timeout_at(deadline, self.messages.recv()).await {
            let before = self.screen();
            self.send(msg);
            changes += usize::from(before != self.screen());
        }
        changes
    }
}
