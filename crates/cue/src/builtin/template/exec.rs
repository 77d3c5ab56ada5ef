//! Running a template.

use super::fmt;
use super::funcs::{self, Done};
use super::parse::{Arg, Branch, List, Node, Number, Pipe, Templates};
use super::value::{Value, int, is_true, settled, sorted, type_name};
use crate::data::Data;
use crate::num::Num;

/// Actions one run may take.
const STEPS: usize = 1_000_000;
/// Bytes a result may have.
const OUTPUT: usize = 64 << 20;
/// Templates inside templates.
const DEPTH: usize = 1_000;

/// Why a run ended early.
pub(super) enum Failed {
    Error(String),
    Budget,
}

type Run<T> = Result<T, Failed>;

fn failed<T>(why: impl Into<String>) -> Run<T> {
    Err(Failed::Error(why.into()))
}

/// The text a template makes of data.
pub(super) fn execute(templates: &Templates, data: &Data) -> Result<String, Failed> {
    let root = Some(data.clone());
    let variables = vec![(String::new(), root.clone())];
    let mut e = Exec { templates, out: String::new(), variables, steps: 0, depth: 0 };
    e.list(&templates.main, &root)?;
    Ok(e.out)
}

/// How a list ended.
#[derive(PartialEq)]
enum Flow {
    On,
    Break,
    Continue,
}

struct Exec<'a> {
    templates: &'a Templates,
    out: String,
    variables: Vec<(String, Value)>,
    steps: usize,
    depth: usize,
}

impl Exec<'_> {
    fn step(&mut self) -> Run<()> {
        self.steps += 1;
        if self.steps > STEPS || self.out.len() > OUTPUT { Err(Failed::Budget) } else { Ok(()) }
    }

    fn list(&mut self, list: &List, dot: &Value) -> Run<Flow> {
        stacker::maybe_grow(64 << 10, 1 << 20, || {
            for node in list {
                self.step()?;
                let flow = self.node(node, dot)?;
                if flow != Flow::On {
                    return Ok(flow);
                }
            }
            Ok(Flow::On)
        })
    }

    /// Runs `f`; variables declared inside are gone afterwards.
    fn scope<T>(&mut self, f: impl FnOnce(&mut Self) -> Run<T>) -> Run<T> {
        let known = self.variables.len();
        let out = f(self)?;
        self.variables.truncate(known);
        Ok(out)
    }

    fn node(&mut self, node: &Node, dot: &Value) -> Run<Flow> {
        match node {
            Node::Text(text) => self.out.push_str(text),
            Node::Action(pipe) => {
                let v = self.pipe(pipe, dot)?;
                if pipe.declare.is_empty() {
                    match v {
                        None => self.out.push_str("<no value>"),
                        Some(v) => fmt::print(&mut self.out, &Some(v)),
                    }
                }
            }
            Node::If(branch) => return self.scope(|e| e.branch(branch, dot, false)),
            Node::With(branch) => return self.scope(|e| e.branch(branch, dot, true)),
            Node::Range(branch) => return self.scope(|e| e.range(branch, dot)),
            Node::Template(name, pipe) => self.template(name, pipe.as_ref(), dot)?,
            Node::Break => return Ok(Flow::Break),
            Node::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::On)
    }

    fn branch(&mut self, branch: &Branch, dot: &Value, with: bool) -> Run<Flow> {
        let v = self.pipe(&branch.pipe, dot)?;
        if !is_true(&v) {
            return self.list(&branch.otherwise, dot);
        }
        self.list(&branch.then, if with { &v } else { dot })
    }

    fn template(&mut self, name: &str, pipe: Option<&Pipe>, dot: &Value) -> Run<()> {
        let Some(list) = self.templates.named.get(name) else {
            return failed(format!("template {name:?} not defined"));
        };
        if self.depth >= DEPTH {
            return failed(format!("exceeded maximum template depth ({DEPTH})"));
        }
        let v = match pipe {
            Some(pipe) => self.scope(|e| e.pipe(pipe, dot))?,
            None => None,
        };
        let outer = std::mem::replace(&mut self.variables, vec![(String::new(), v.clone())]);
        self.depth += 1;
        self.list(list, &v)?;
        self.depth -= 1;
        self.variables = outer;
        Ok(())
    }

    fn range(&mut self, branch: &Branch, dot: &Value) -> Run<Flow> {
        let outer = self.variables.len();
        let v = self.commands(&branch.pipe, dot)?;
        if !branch.pipe.assign {
            let new = branch.pipe.declare.iter().map(|n| (n.clone(), v.clone()));
            self.variables.extend(new.collect::<Vec<_>>());
        }
        let declared = self.variables.len();
        debug_assert!(declared >= outer);
        let rounds: Box<dyn Iterator<Item = (Value, Value)>> = match v {
            None => Box::new(std::iter::empty()),
            Some(Data::List(items)) => {
                let all: Vec<Data> = items.to_vec();
                Box::new(all.into_iter().enumerate().map(|(i, d)| (int(i), Some(d))))
            }
            Some(Data::Struct(fields)) => {
                let all = sorted(&fields).into_iter();
                Box::new(all.map(|(k, d)| (Some(Data::Str(k)), Some(d))))
            }
            Some(Data::Bytes(bytes)) => {
                let all: Vec<usize> = bytes.iter().map(|b| usize::from(*b)).collect();
                Box::new(all.into_iter().enumerate().map(|(i, b)| (int(i), int(b))))
            }
            Some(Data::Num(n)) if n.is_int() && n.to_i64().is_some() => {
                if branch.pipe.declare.len() > 1 {
                    return failed("can't use more than one variable to range over an int");
                }
                let end = n.to_i64().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
                Box::new((0..end).map(|i| (int(i), int(i))))
            }
            other => {
                let name = type_name(&other);
                return failed(format!("range can't iterate over a value of type {name}"));
            }
        };
        let mut any = false;
        for (key, item) in rounds {
            self.step()?;
            any = true;
            self.set_round(&branch.pipe, key, &item)?;
            let flow = self.list(&branch.then, &item)?;
            self.variables.truncate(declared);
            if flow == Flow::Break {
                break;
            }
        }
        if any { Ok(Flow::On) } else { self.list(&branch.otherwise, dot) }
    }

    /// The variables of one round: the element, or index and element.
    fn set_round(&mut self, pipe: &Pipe, key: Value, item: &Value) -> Run<()> {
        match &pipe.declare[..] {
            [] => {}
            [one] => self.set(one, item.clone()),
            [first, second, ..] => {
                self.set(first, key);
                self.set(second, item.clone());
            }
        }
        Ok(())
    }

    fn set(&mut self, name: &str, v: Value) {
        if let Some((_, known)) = self.variables.iter_mut().rev().find(|(n, _)| n == name) {
            *known = v;
        }
    }

    fn pipe(&mut self, pipe: &Pipe, dot: &Value) -> Run<Value> {
        let v = self.commands(pipe, dot)?;
        for name in &pipe.declare {
            if pipe.assign {
                self.set(name, v.clone());
            } else {
                self.variables.push((name.clone(), v.clone()));
            }
        }
        Ok(v)
    }

    fn commands(&mut self, pipe: &Pipe, dot: &Value) -> Run<Value> {
        let mut last: Option<Value> = None;
        for command in &pipe.commands {
            let v = self.command(command, dot, last.take())?;
            last = Some(settled(v));
        }
        Ok(last.flatten())
    }

    /// One command; `last` is the result of the one before, which becomes its last argument.
    fn command(&mut self, args: &[Arg], dot: &Value, last: Option<Value>) -> Run<Value> {
        self.step()?;
        let Some(first) = args.first() else { return Ok(None) };
        if let Arg::Function(name) = first {
            return self.call(name, &args[1..], dot, last);
        }
        if args.len() > 1 || last.is_some() {
            return failed(match first {
                Arg::Field(names) | Arg::Variable(_, names) | Arg::Chain(_, names)
                    if !names.is_empty() =>
                {
                    format!("{} is not a method but has arguments", names[names.len() - 1])
                }
                _ => "can't give argument to non-function".to_owned(),
            });
        }
        if matches!(first, Arg::Nil) {
            return failed("nil is not a command");
        }
        self.arg(first, dot)
    }

    fn call(&mut self, name: &str, args: &[Arg], dot: &Value, last: Option<Value>) -> Run<Value> {
        let short = match name {
            "and" => Some(false),
            "or" => Some(true),
            _ => None,
        };
        let mut values = Vec::with_capacity(args.len() + 1);
        for (i, arg) in args.iter().enumerate() {
            let v = settled(self.arg(arg, dot)?);
            let decided = short.is_some_and(|stop| is_true(&v) == stop);
            if decided || (short.is_some() && i + 1 == args.len() && last.is_none()) {
                return Ok(v);
            }
            values.push(v);
        }
        values.extend(last);
        if short.is_some() {
            return match values.pop() {
                Some(v) => Ok(v),
                None => failed(format!("wrong number of args for {name}: want at least 1 got 0")),
            };
        }
        match funcs::call(name, values) {
            Done::Ok(v) => Ok(v),
            Done::Error(why) => failed(format!("error calling {name}: {why}")),
            Done::Budget => Err(Failed::Budget),
        }
    }

    fn arg(&mut self, arg: &Arg, dot: &Value) -> Run<Value> {
        Ok(match arg {
            Arg::Dot => dot.clone(),
            Arg::Nil => None,
            Arg::Bool(b) => Some(Data::Bool(*b)),
            Arg::Number(Number::Int(i)) => Some(Data::Num(Num::int(*i))),
            Arg::Number(Number::Float(v)) => Num::from_f64(*v).map(Data::Num),
            Arg::Text(text) => Some(Data::str(text.as_str())),
            Arg::Field(names) => fields(dot.clone(), names)?,
            Arg::Variable(name, names) => {
                let known = self.variables.iter().rev().find(|(n, _)| n == name);
                fields(known.and_then(|(_, v)| v.clone()), names)?
            }
            Arg::Function(name) => self.call(name, &[], dot, None)?,
            Arg::Pipe(pipe) => stacker::maybe_grow(64 << 10, 1 << 20, || self.pipe(pipe, dot))?,
            Arg::Chain(inner, names) => {
                let v = stacker::maybe_grow(64 << 10, 1 << 20, || self.arg(inner, dot))?;
                fields(v, names)?
            }
        })
    }
}

/// Fields of fields.
fn fields(mut v: Value, names: &[String]) -> Run<Value> {
    for name in names {
        v = match v {
            None => None,
            Some(Data::Struct(_)) => v.as_ref().and_then(|d| d.get(name).cloned()),
            Some(Data::Null) => {
                return failed(format!("nil pointer evaluating interface {{}}.{name}"));
            }
            other => {
                let name_of = type_name(&other);
                return failed(format!("can't evaluate field {name} in type {name_of}"));
            }
        };
    }
    Ok(v)
}
