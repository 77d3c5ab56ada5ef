//! What a command in a simulated container does: a small shell over the container's own environment
//! and the files that are mounted into it. It is a simulation and says so when asked for `help`; what
//! it does not know is not found, as in a container without it.
//!
//! Invariant: pure. Bytes and ends of input go in, bytes and an exit code come out; nothing is run.

pub(crate) mod container;
mod tools;
mod words;

use container::Container;
use words::{Joint, Parsed};

/// What came of an input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    /// To standard output.
    pub(crate) out: Vec<u8>,
    /// To standard error; with a terminal everything goes to standard output.
    pub(crate) err: Vec<u8>,
    /// The exit code, once the process is over.
    pub(crate) exit: Option<i32>,
}

impl Said {
    fn add(&mut self, other: Self) {
        self.out.extend(other.out);
        self.err.extend(other.err);
        self.exit = self.exit.or(other.exit);
    }
}

/// A process in a container.
#[derive(Debug)]
pub(crate) struct Process {
    container: Container,
    doing: Doing,
    /// Whether a terminal is in front: it echoes, edits lines and turns ends of lines.
    terminal: bool,
    /// The line that is not ended yet.
    line: Vec<u8>,
    /// Columns and rows of the terminal.
    size: (u16, u16),
    last: i32,
}

/// What a process does with its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doing {
    /// A shell reads commands.
    Shell,
    /// `cat` copies lines; in a shell, which goes on afterwards.
    Copy { in_shell: bool },
    /// It is over.
    Over,
}

/// Bytes of a line that are kept.
const LONGEST_LINE: usize = 64 * 1024;

/// What a tool answers.
enum Ran {
    /// Output, complaint and exit code.
    Done(String, String, i32),
    /// Output that ends without an end of line.
    Bare(String),
    /// It copies its input from now on.
    Copies,
    /// The shell ends.
    Exits(i32),
}

impl Process {
    /// Starts a command. The answer is what it says at once; an error is why it cannot be started.
    pub(crate) fn start(
        container: Container,
        command: &[String],
        terminal: bool,
    ) -> Result<(Self, Said), String> {
        let (doing, size) = (Doing::Over, (80, 24));
        let mut process = Self { container, doing, terminal, line: Vec::new(), size, last: 0 };
        let program = command.first().map(String::as_str).unwrap_or_default();
        let said = match (tools::base(program), command.get(1).map(String::as_str)) {
            ("sh" | "ash" | "bash", None) => {
                process.doing = Doing::Shell;
                process.prompt()
            }
            ("sh" | "ash" | "bash", Some("-c")) => {
                let script = command.get(2).map(String::as_str).unwrap_or_default();
                let said = process.script(script);
                process.once(said)
            }
            _ if !tools::is_known(program) => {
                return Err(format!("exec: {program:?}: executable file not found in $PATH"));
            }
            _ => {
                let ran = tools::run(&process.container, process.size, process.last, command);
                let said = process.took(ran, false);
                process.once(said)
            }
        };
        Ok((process, said))
    }

    /// What a command says that does not read commands afterwards.
    fn once(&mut self, mut said: Said) -> Said {
        if self.doing == Doing::Over {
            said.exit = said.exit.or(Some(self.last));
        }
        said
    }

    /// The terminal has so many columns and rows now.
    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        self.size = (columns, rows);
    }

    /// Takes input in.
    pub(crate) fn input(&mut self, bytes: &[u8]) -> Said {
        let mut said = Said::default();
        for byte in bytes {
            if self.doing == Doing::Over {
                break;
            }
            let more = if self.terminal { self.typed(*byte) } else { self.fed(*byte) };
            said.add(more);
        }
        said
    }

    /// No more input comes.
    pub(crate) fn end_of_input(&mut self) -> Said {
        let mut said = Said::default();
        if !self.line.is_empty() {
            said.add(self.entered());
        }
        if self.doing != Doing::Over {
            self.doing = Doing::Over;
            said.exit = Some(self.last);
        }
        said
    }

    /// A byte without a terminal.
    fn fed(&mut self, byte: u8) -> Said {
        if byte == b'\n' {
            return self.entered();
        }
        self.keep(byte);
        Said::default()
    }

    /// A byte that was typed at a terminal: lines are edited before they count.
    fn typed(&mut self, byte: u8) -> Said {
        let echo = |text: &[u8]| Said { out: text.to_vec(), ..Said::default() };
        match byte {
            b'\r' | b'\n' => {
                let mut said = echo(b"\r\n");
                said.add(self.entered());
                said
            }
            0x7f | 0x08 => {
                let text = String::from_utf8_lossy(&self.line).into_owned();
                let Some((at, _)) = text.char_indices().next_back() else { return echo(b"") };
                self.line.truncate(at);
                echo(b"\x08 \x08")
            }
            // Ctrl-C, Ctrl-D, Ctrl-U.
            0x03 => self.interrupted(),
            0x04 if self.line.is_empty() => self.ended(),
            0x15 => {
                let erased =
                    b"\x08 \x08".repeat(String::from_utf8_lossy(&self.line).chars().count());
                self.line.clear();
                echo(&erased)
            }
            0x00..=0x1f => Said::default(),
            byte => {
                self.keep(byte);
                echo(&[byte])
            }
        }
    }

    fn keep(&mut self, byte: u8) {
        if self.line.len() < LONGEST_LINE {
            self.line.push(byte);
        }
    }

    fn interrupted(&mut self) -> Said {
        self.line.clear();
        let mut said = Said { out: b"^C\r\n".to_vec(), ..Said::default() };
        self.last = 130;
        match self.doing {
            Doing::Copy { in_shell: false } => {
                self.doing = Doing::Over;
                said.exit = Some(130);
            }
            Doing::Copy { in_shell: true } | Doing::Shell => {
                self.doing = Doing::Shell;
                said.add(self.prompt());
            }
            Doing::Over => {}
        }
        said
    }

    /// The end of input was typed.
    fn ended(&mut self) -> Said {
        match self.doing {
            Doing::Copy { in_shell: true } => {
                self.doing = Doing::Shell;
                self.prompt()
            }
            Doing::Shell | Doing::Copy { in_shell: false } => {
                self.doing = Doing::Over;
                Said { exit: Some(self.last), ..Said::default() }
            }
            Doing::Over => Said::default(),
        }
    }

    /// A line is complete.
    fn entered(&mut self) -> Said {
        let bytes = std::mem::take(&mut self.line);
        match self.doing {
            Doing::Copy { .. } => {
                let mut out = bytes;
                out.extend_from_slice(if self.terminal { b"\r\n" } else { b"\n" });
                Said { out, ..Said::default() }
            }
            Doing::Shell => {
                let mut said = self.script(&String::from_utf8_lossy(&bytes));
                if self.doing == Doing::Shell {
                    said.add(self.prompt());
                }
                said
            }
            Doing::Over => Said::default(),
        }
    }

    fn prompt(&self) -> Said {
        let out = if self.terminal { b"/ # ".to_vec() } else { Vec::new() };
        Said { out, ..Said::default() }
    }

    /// Runs the commands of a line, each as the one before it and their joint allow.
    fn script(&mut self, line: &str) -> Said {
        let mut said = Said::default();
        for line in line.lines() {
            let mut at = 0;
            loop {
                // A later command of the line may ask how an earlier one ended.
                let commands = match words::parse(line, &self.container.env, self.last) {
                    Parsed::Commands(commands) => commands,
                    Parsed::Beyond(what) => {
                        let ran = Ran::Done(String::new(), format!("sh: {what}"), 2);
                        said.add(self.took(ran, true));
                        break;
                    }
                };
                let Some((joint, command)) = commands.get(at) else { break };
                at += 1;
                let goes = match joint {
                    Joint::Always => true,
                    Joint::AfterSuccess => self.last == 0,
                    Joint::AfterFailure => self.last != 0,
                };
                if goes {
                    let ran = tools::run(&self.container, self.size, self.last, command);
                    said.add(self.took(ran, true));
                }
                if said.exit.is_some() {
                    return said;
                }
            }
        }
        said
    }

    /// Takes in what a tool answered.
    fn took(&mut self, ran: Ran, in_shell: bool) -> Said {
        match ran {
            Ran::Done(out, err, code) => {
                self.last = code;
                let lines = |text: &str| match text {
                    "" => Vec::new(),
                    text if self.terminal => format!("{}\r\n", text.replace('\n', "\r\n")).into(),
                    text => format!("{text}\n").into_bytes(),
                };
                let (mut out, mut err) = (lines(&out), lines(&err));
                if self.terminal {
                    out.append(&mut err);
                }
                Said { out, err, exit: None }
            }
            Ran::Bare(text) => {
                self.last = 0;
                Said { out: text.into_bytes(), ..Said::default() }
            }
            Ran::Copies => {
                let in_shell = in_shell && self.doing == Doing::Shell;
                self.doing = Doing::Copy { in_shell };
                self.last = 0;
                Said::default()
            }
            Ran::Exits(code) => {
                self.last = code;
                self.doing = Doing::Over;
                Said { exit: Some(code), ..Said::default() }
            }
        }
    }
}

#[cfg(test)]
mod tests;
