//! A line as commands: quotes, variables, and what joins one command to the next. What a line asks for
//! beyond that is refused by name.

use std::collections::BTreeMap;

/// When a command runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joint {
    Always,
    AfterSuccess,
    AfterFailure,
}

/// A line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    Commands(Vec<(Joint, Vec<String>)>),
    /// It holds something that is not simulated, or is not complete.
    Beyond(&'static str),
}

/// Reads a line; `last` is the exit code of the command before it.
pub(super) fn parse(line: &str, env: &BTreeMap<String, String>, last: i32) -> Parsed {
    let mut reader = Reader { commands: Vec::new(), words: Vec::new(), word: None };
    let mut joint = Joint::Always;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '#' if reader.word.is_none() => break,
            '\'' => {
                let word = reader.word();
                loop {
                    match chars.next() {
                        Some('\'') => break,
                        Some(c) => word.push(c),
                        None => return Parsed::Beyond("a quote is not closed"),
                    }
                }
            }
            '"' => loop {
                reader.word();
                match chars.next() {
                    Some('"') => break,
                    Some('$') => {
                        let value = variable(&mut chars, env, last);
                        reader.word().push_str(&value);
                    }
                    Some('\\') => reader.word().extend(chars.next()),
                    Some(c) => reader.word().push(c),
                    None => return Parsed::Beyond("a quote is not closed"),
                }
            },
            '\\' => reader.word().extend(chars.next()),
            '$' if chars.peek() == Some(&'(') => {
                return Parsed::Beyond("substitutions are not simulated");
            }
            '$' => {
                let value = variable(&mut chars, env, last);
                reader.word().push_str(&value);
            }
            '`' => return Parsed::Beyond("substitutions are not simulated"),
            '<' | '>' => return Parsed::Beyond("redirections are not simulated"),
            '&' if chars.next_if_eq(&'&').is_some() => {
                reader.command(joint);
                joint = Joint::AfterSuccess;
            }
            '|' if chars.next_if_eq(&'|').is_some() => {
                reader.command(joint);
                joint = Joint::AfterFailure;
            }
            '|' => return Parsed::Beyond("pipes are not simulated"),
            '&' => return Parsed::Beyond("background jobs are not simulated"),
            ';' => {
                reader.command(joint);
                joint = Joint::Always;
            }
            c if c.is_whitespace() => reader.end_word(),
            c => reader.word().push(c),
        }
    }
    reader.command(joint);
    Parsed::Commands(reader.commands)
}

struct Reader {
    commands: Vec<(Joint, Vec<String>)>,
    words: Vec<String>,
    word: Option<String>,
}

impl Reader {
    fn word(&mut self) -> &mut String {
        self.word.get_or_insert_default()
    }

    fn end_word(&mut self) {
        self.words.extend(self.word.take());
    }

    fn command(&mut self, joint: Joint) {
        self.end_word();
        if !self.words.is_empty() {
            self.commands.push((joint, std::mem::take(&mut self.words)));
        }
    }
}

/// The value after a dollar sign.
fn variable(
    chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
    env: &BTreeMap<String, String>,
    last: i32,
) -> String {
    if chars.next_if_eq(&'?').is_some() {
        return last.to_string();
    }
    let braces = chars.next_if_eq(&'{').is_some();
    let mut name = String::new();
    while let Some(c) = chars.next_if(|c| c.is_ascii_alphanumeric() || *c == '_') {
        name.push(c);
    }
    if braces {
        chars.next_if_eq(&'}');
    }
    match name.as_str() {
        "" => "$".to_owned(),
        name => env.get(name).cloned().unwrap_or_default(),
    }
}
