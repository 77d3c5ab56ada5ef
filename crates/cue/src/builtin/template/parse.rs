//! Words to tree.

use std::collections::HashMap;

use super::funcs;
use super::lex::{Token, lex};

/// Nesting beyond which a template is refused.
const NESTING: usize = 500;

/// A named piece of a template, or the whole.
pub(super) type List = Vec<Node>;

/// The whole template and those it defines.
pub(super) struct Templates {
    pub(super) main: List,
    pub(super) named: HashMap<String, List>,
}

/// What a template does, one after the other.
pub(super) enum Node {
    Text(String),
    Action(Pipe),
    If(Branch),
    With(Branch),
    Range(Branch),
    Template(String, Option<Pipe>),
    Break,
    Continue,
}

/// A condition (or source, or new dot) and what depends on it.
pub(super) struct Branch {
    pub(super) pipe: Pipe,
    pub(super) then: List,
    pub(super) otherwise: List,
}

/// Commands, each fed by the one before, and the variables that take the result.
pub(super) struct Pipe {
    pub(super) declare: Vec<String>,
    pub(super) assign: bool,
    pub(super) commands: Vec<Vec<Arg>>,
}

/// An operand.
pub(super) enum Arg {
    Dot,
    Nil,
    Bool(bool),
    Number(Number),
    Text(String),
    Field(Vec<String>),
    Variable(String, Vec<String>),
    Function(String),
    Pipe(Box<Pipe>),
    Chain(Box<Arg>, Vec<String>),
}

/// A constant.
#[derive(Clone, Copy)]
pub(super) enum Number {
    Int(i64),
    Float(f64),
}

/// What ended a list.
#[derive(PartialEq)]
enum Stop {
    Eof,
    End,
    Else,
    ElseIf,
    ElseWith,
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    loops: usize,
    variables: Vec<String>,
    named: HashMap<String, List>,
}

type Read<T> = Result<T, String>;

/// Reads a template.
pub(super) fn parse(source: &str) -> Read<Templates> {
    let tokens = lex(source)?;
    let variables = vec![String::new()];
    let named = HashMap::new();
    let mut p = Parser { tokens, at: 0, depth: 0, loops: 0, variables, named };
    let (main, end) = p.list(true)?;
    match end {
        Stop::Eof => Ok(Templates { main, named: p.named }),
        Stop::End => Err("unexpected {{end}}".to_owned()),
        _ => Err("unexpected {{else}}".to_owned()),
    }
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn take(&mut self, token: &Token) -> bool {
        let found = self.peek() == Some(token);
        self.at += usize::from(found);
        found
    }

    fn space(&mut self) {
        while self.take(&Token::Space) {}
    }

    fn close(&mut self, context: &str) -> Read<()> {
        self.space();
        if self.take(&Token::Close) { Ok(()) } else { Err(self.unexpected(context)) }
    }

    fn unexpected(&self, context: &str) -> String {
        match self.peek() {
            None => format!("unexpected EOF in {context}"),
            Some(token) => format!("unexpected {token:?} in {context}"),
        }
    }

    fn nested<T>(&mut self, f: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        if self.depth >= NESTING {
            return Err("nested too deeply".to_owned());
        }
        self.depth += 1;
        let out = stacker::maybe_grow(64 << 10, 1 << 20, || f(self));
        self.depth -= 1;
        out
    }

    fn list(&mut self, top: bool) -> Read<(List, Stop)> {
        let mut list = List::new();
        loop {
            match self.next() {
                None => {
                    return if top {
                        Ok((list, Stop::Eof))
                    } else {
                        Err("unexpected EOF".to_owned())
                    };
                }
                Some(Token::Text(text)) => list.push(Node::Text(text)),
                Some(_) => {
                    self.space();
                    if let Some(end) = self.action(&mut list)? {
                        return Ok((list, end));
                    }
                }
            }
        }
    }

    /// One action; what it ends, if it ends a list.
    fn action(&mut self, list: &mut List) -> Read<Option<Stop>> {
        let Some(Token::Word(word)) = self.peek().cloned() else {
            return self.pipeline_action(list);
        };
        self.at += 1;
        let node = match word.as_str() {
            "end" => {
                self.close("end")?;
                return Ok(Some(Stop::End));
            }
            "else" => return self.otherwise().map(Some),
            "if" => Node::If(self.branch("if")?),
            "with" => Node::With(self.branch("with")?),
            "range" => Node::Range(self.branch("range")?),
            "break" | "continue" => {
                self.close(&word)?;
                if self.loops == 0 {
                    return Err(format!("{{{{{word}}}}} outside {{{{range}}}}"));
                }
                if word == "break" { Node::Break } else { Node::Continue }
            }
            "define" => {
                self.define()?;
                return Ok(None);
            }
            "block" => self.block()?,
            "template" => {
                let name = self.name("template clause")?;
                let pipe = self.optional_pipe("template clause")?;
                Node::Template(name, pipe)
            }
            _ => {
                self.at -= 1;
                return self.pipeline_action(list);
            }
        };
        list.push(node);
        Ok(None)
    }

    fn pipeline_action(&mut self, list: &mut List) -> Read<Option<Stop>> {
        let pipe = self.pipe("command", 1)?;
        self.close("command")?;
        list.push(Node::Action(pipe));
        Ok(None)
    }

    fn otherwise(&mut self) -> Read<Stop> {
        self.space();
        match self.peek() {
            Some(Token::Word(w)) if w == "if" => Ok(Stop::ElseIf),
            Some(Token::Word(w)) if w == "with" => Ok(Stop::ElseWith),
            _ => self.close("else").map(|()| Stop::Else),
        }
    }

    fn branch(&mut self, what: &str) -> Read<Branch> {
        let known = self.variables.len();
        let out = self.nested(|p| p.branch_inside(what));
        self.variables.truncate(known);
        out
    }

    fn branch_inside(&mut self, what: &str) -> Read<Branch> {
        let pipe = self.pipe(what, if what == "range" { 2 } else { 1 })?;
        self.close(what)?;
        self.loops += usize::from(what == "range");
        let (then, end) = self.list(false)?;
        self.loops -= usize::from(what == "range");
        let mut otherwise = List::new();
        match end {
            Stop::End => {}
            Stop::Else => {
                let (list, end) = self.list(false)?;
                if end != Stop::End {
                    return Err("expected end; found {{else}}".to_owned());
                }
                otherwise = list;
            }
            Stop::ElseIf if what == "if" => {
                self.at += 1;
                otherwise.push(Node::If(self.branch("if")?));
            }
            Stop::ElseWith if what == "with" => {
                self.at += 1;
                otherwise.push(Node::With(self.branch("with")?));
            }
            _ => return Err(self.unexpected("else")),
        }
        Ok(Branch { pipe, then, otherwise })
    }

    fn name(&mut self, context: &str) -> Read<String> {
        self.space();
        match self.next() {
            Some(Token::Quoted(name)) => Ok(name),
            _ => {
                self.at -= 1;
                Err(self.unexpected(context))
            }
        }
    }

    fn optional_pipe(&mut self, context: &str) -> Read<Option<Pipe>> {
        self.space();
        if self.take(&Token::Close) {
            return Ok(None);
        }
        let pipe = self.pipe(context, 1)?;
        self.close(context)?;
        Ok(Some(pipe))
    }

    fn define(&mut self) -> Read<()> {
        let name = self.name("define clause")?;
        self.close("define clause")?;
        self.named(name, "define clause")
    }

    /// The body of a template of its own.
    fn named(&mut self, name: String, context: &str) -> Read<()> {
        let outer = std::mem::replace(&mut self.variables, vec![String::new()]);
        let loops = std::mem::take(&mut self.loops);
        let (list, end) = self.nested(|p| p.list(false))?;
        (self.variables, self.loops) = (outer, loops);
        if end != Stop::End {
            return Err(format!("unexpected {{{{else}}}} in {context}"));
        }
        match self.named.get(&name) {
            Some(known) if !is_blank(known) => {
                if !is_blank(&list) {
                    return Err(format!("multiple definition of template {name:?}"));
                }
            }
            _ => {
                self.named.insert(name, list);
            }
        }
        Ok(())
    }

    fn block(&mut self) -> Read<Node> {
        let name = self.name("block clause")?;
        let pipe = self.pipe("block clause", 1)?;
        self.close("block clause")?;
        self.named(name.clone(), "block clause")?;
        Ok(Node::Template(name, Some(pipe)))
    }

    fn pipe(&mut self, context: &str, most: usize) -> Read<Pipe> {
        self.nested(|p| p.pipe_inside(context, most))
    }

    fn pipe_inside(&mut self, context: &str, most: usize) -> Read<Pipe> {
        self.space();
        let (declare, assign) = self.declarations(context, most)?;
        let mut commands = Vec::new();
        loop {
            self.space();
            let command = self.command()?;
            if command.is_empty() {
                let what =
                    if commands.is_empty() { "missing value for" } else { "missing command in" };
                return Err(format!("{what} {context}"));
            }
            if !commands.is_empty()
                && !matches!(
                    command[0],
                    Arg::Function(_)
                        | Arg::Field(_)
                        | Arg::Variable(..)
                        | Arg::Pipe(_)
                        | Arg::Chain(..)
                )
            {
                return Err("non executable command in pipeline".to_owned());
            }
            commands.push(command);
            self.space();
            if !self.take(&Token::Pipe) {
                break;
            }
            self.space();
            if matches!(self.peek(), Some(Token::Close | Token::Right)) {
                break;
            }
        }
        if !assign {
            self.variables.extend(declare.iter().cloned());
        }
        Ok(Pipe { declare, assign, commands })
    }

    /// `$x :=`, `$x =`, `$i, $e :=`, if that is what comes.
    fn declarations(&mut self, context: &str, most: usize) -> Read<(Vec<String>, bool)> {
        let start = self.at;
        let mut names = Vec::new();
        while let Some(Token::Variable(name)) = self.peek().cloned() {
            self.at += 1;
            names.push(name);
            self.space();
            if names.len() < most && self.take(&Token::Comma) {
                self.space();
                continue;
            }
            let assign = self.take(&Token::Assign);
            if assign || self.take(&Token::Declare) {
                if assign && names.iter().any(|n| !self.variables.contains(n)) {
                    return Err(format!("undefined variable in {context}"));
                }
                return Ok((names, assign));
            }
            if self.peek() == Some(&Token::Comma) {
                return Err(format!("too many declarations in {context}"));
            }
            break;
        }
        self.at = start;
        Ok((Vec::new(), false))
    }

    fn command(&mut self) -> Read<Vec<Arg>> {
        let mut args = Vec::new();
        loop {
            self.space();
            match self.operand()? {
                Some(arg) => args.push(arg),
                None => return Ok(args),
            }
            match self.peek() {
                Some(Token::Space) => {}
                Some(Token::Pipe | Token::Close | Token::Right) => return Ok(args),
                _ => return Err(self.unexpected("operand")),
            }
        }
    }

    fn operand(&mut self) -> Read<Option<Arg>> {
        let Some(token) = self.peek().cloned() else { return Ok(None) };
        self.at += 1;
        let arg = match token {
            Token::Dot => Arg::Dot,
            Token::Field(name) => Arg::Field(self.fields(vec![name])),
            Token::Variable(name) => {
                if !self.variables.contains(&name) {
                    return Err(format!("undefined variable \"${name}\""));
                }
                Arg::Variable(name, self.fields(Vec::new()))
            }
            Token::Word(word) => match word.as_str() {
                "true" => Arg::Bool(true),
                "false" => Arg::Bool(false),
                "nil" => Arg::Nil,
                _ if funcs::exists(&word) => Arg::Function(word),
                _ => return Err(format!("function {word:?} not defined")),
            },
            Token::Quoted(text) => Arg::Text(text),
            Token::Char(c) => Arg::Number(Number::Int(i64::from(c))),
            Token::Number(text) => Arg::Number(number(&text)?),
            Token::Left => {
                let pipe = self.pipe("parenthesized pipeline", 1)?;
                self.space();
                if !self.take(&Token::Right) {
                    return Err(self.unexpected("parenthesized pipeline"));
                }
                Arg::Pipe(Box::new(pipe))
            }
            _ => {
                self.at -= 1;
                return Ok(None);
            }
        };
        let chain = self.fields(Vec::new());
        match (chain.is_empty(), arg) {
            (true, arg) => Ok(Some(arg)),
            (false, arg @ (Arg::Pipe(_) | Arg::Function(_) | Arg::Dot)) => {
                Ok(Some(Arg::Chain(Box::new(arg), chain)))
            }
            (false, Arg::Nil) => Err("nil is not a command".to_owned()),
            (false, _) => Err(format!("unexpected .{} after term", chain[0])),
        }
    }

    fn fields(&mut self, mut names: Vec<String>) -> Vec<String> {
        while let Some(Token::Field(name)) = self.peek().cloned() {
            self.at += 1;
            names.push(name);
        }
        names
    }
}

/// A template of nothing but blanks gives way to any other of its name.
fn is_blank(list: &List) -> bool {
    list.iter().all(|n| matches!(n, Node::Text(t) if t.trim().is_empty()))
}

fn number(text: &str) -> Read<Number> {
    let bad = || format!("bad number syntax: {text:?}");
    let plain = text.replace('_', "");
    let (negative, digits) = match plain.strip_prefix(['+', '-']) {
        Some(rest) => (plain.starts_with('-'), rest),
        None => (false, plain.as_str()),
    };
    let lower = digits.to_ascii_lowercase();
    let radix = match lower.get(..2) {
        Some("0x") => Some((16, 2)),
        Some("0o") => Some((8, 2)),
        Some("0b") => Some((2, 2)),
        Some(_) if lower.starts_with('0') && lower.bytes().all(|b| b.is_ascii_digit()) => {
            Some((8, 1))
        }
        _ => None,
    };
    let (radix, skip) = radix.unwrap_or((10, 0));
    if let Ok(n) = i128::from_str_radix(&lower[skip..], radix)
        && let Ok(n) = i64::try_from(if negative { -n } else { n })
    {
        return Ok(Number::Int(n));
    }
    let v: f64 = digits.parse().map_err(|_| bad())?;
    if !v.is_finite() || skip > 0 || digits.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Err(bad());
    }
    Ok(Number::Float(if negative { -v } else { v }))
}
