//! From syntax to program: every name is resolved, every literal read, every import found.
//!
//! Resolution is lexical. A reference becomes (levels up, label); what a name binds is decided here once, so that
//! evaluation never looks at names. All errors of a program are collected.

mod comprehension;
mod decl;
mod expr;
pub(crate) mod literal;
pub(crate) mod predeclared;
mod scope;

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::ir::{ExprId, FuncId, Package, PkgId, Pos, Program, SourceText};
use crate::label::{Label, LabelKind};
use crate::registry::Registry;
use crate::syntax::ast;

use scope::{Entry, Frame, What};

/// One complaint about a program.
#[derive(Clone, Debug)]
pub(crate) struct Complaint {
    pub(crate) pos: Pos,
    pub(crate) path: String,
    pub(crate) message: String,
    /// The text is refused as such: nothing else is worth saying about it.
    pub(crate) syntax: bool,
}

/// A parsed source.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    pub(crate) name: Arc<str>,
    pub(crate) text: Arc<str>,
    pub(crate) file: Arc<ast::File>,
}

/// Compiles the files of one package and all it imports.
pub(crate) fn compile(inputs: &[Input], registry: &Registry) -> Result<Program, Vec<Complaint>> {
    let (mut prog, roots) = extend(Program::default(), inputs, registry)?;
    prog.roots = roots;
    Ok(prog)
}

/// Compiles further files into an existing program. Returns the root literals of the new files.
pub(crate) fn extend(
    prog: Program,
    inputs: &[Input],
    registry: &Registry,
) -> Result<(Program, Vec<ExprId>), Vec<Complaint>> {
    let mut c = Compiler {
        prog,
        registry,
        errs: Vec::new(),
        frames: Vec::new(),
        package: "_".to_owned(),
        package_names: Vec::new(),
        file: 0,
        lets: 0,
        packages: FxHashMap::default(),
        loading: Vec::new(),
        depth: 0,
        path: Vec::new(),
        for_variable: false,
        open_lets: Vec::new(),
        let_uses: FxHashMap::default(),
        settled_lets: FxHashSet::default(),
        chain_docs: Vec::new(),
    };
    c.packages = c
        .prog
        .packages
        .iter()
        .enumerate()
        .map(|(i, p)| (p.path.clone(), PkgId(i as u32)))
        .collect();
    let roots = c.files(inputs);
    if c.errs.is_empty() { Ok((c.prog, roots)) } else { Err(c.errs) }
}

struct Compiler<'a> {
    prog: Program,
    registry: &'a Registry,
    errs: Vec<Complaint>,
    frames: Vec<Frame>,
    /// Path that qualifies hidden names.
    package: String,
    /// Names declared in any file of a package with a name.
    package_names: Vec<Label>,
    file: u16,
    lets: u32,
    packages: FxHashMap<Arc<str>, PkgId>,
    loading: Vec<Arc<str>>,
    depth: u32,
    path: Vec<String>,
    /// A variable of a comprehension was referred to since this was last cleared.
    for_variable: bool,
    /// The lets whose values are being compiled.
    open_lets: Vec<Label>,
    /// Which lets each let refers to, but for settled ones.
    let_uses: FxHashMap<Label, Vec<Label>>,
    /// Lets that are compiled and lead to compiled ones only: to nothing that can still lead back.
    settled_lets: FxHashSet<Label>,
    /// Comments of `a: b: c` on their way to the innermost field, which they describe.
    chain_docs: Vec<String>,
}

impl Compiler<'_> {
    fn files(&mut self, inputs: &[Input]) -> Vec<ExprId> {
        self.package_names.clear();
        for input in inputs.iter().filter(|i| i.file.package_name().is_some_and(|n| n.name != "_"))
        {
            for d in &input.file.decls {
                if let ast::Decl::Field(f) = d
                    && let ast::Label::Ident(id) = &f.label
                {
                    let label = self.ident_label(&id.name);
                    self.package_names.push(label);
                }
            }
        }
        inputs.iter().map(|i| self.one_file(i)).collect()
    }

    fn one_file(&mut self, input: &Input) -> ExprId {
        self.prog.sources.push(SourceText { name: input.name.clone(), text: input.text.clone() });
        self.file = u16::try_from(self.prog.sources.len()).unwrap_or(u16::MAX);
        let mut names = Frame::new(0);
        for spec in input.file.imports() {
            self.import_spec(&mut names, spec);
        }
        self.push_frame(names);
        let pos = Pos { file: self.file, offset: 0 };
        let lit = self.struct_lit(&input.file.decls, pos, true);
        self.pop_frame();
        self.prog.add_expr(crate::ir::Expr::Struct(lit), pos)
    }

    fn import_spec(&mut self, names: &mut Frame, spec: &ast::ImportSpec) {
        let pos = self.pos(spec.path.pos);
        let Ok(path) = literal::string(&spec.path.text) else {
            return self.complain(pos, "invalid import path");
        };
        let (dir, tail) =
            path.rsplit_once(':').map_or((path.as_str(), None), |(d, t)| (d, Some(t)));
        let base = tail.unwrap_or_else(|| dir.rsplit('/').next().unwrap_or(dir));
        let name = spec.name.as_ref().map_or(base, |n| n.name.as_str()).to_owned();
        if tail.is_some() && self.registry.is_standard(dir) {
            return self.complain(pos, format!("builtin package {path:?} undefined"));
        }
        let found = if tail.is_some() { self.load(&path) } else { None };
        let Some(pkg) = found.or_else(|| self.load(dir)) else {
            return self.complain(pos, format!("package {dir:?} not found"));
        };
        names.insert(&name, Entry::new(What::Import(pkg), pos));
    }

    /// Finds and compiles a package once.
    fn load(&mut self, path: &str) -> Option<PkgId> {
        if let Some(&id) = self.packages.get(path) {
            return Some(id);
        }
        let path: Arc<str> = path.into();
        if self.loading.contains(&path) {
            self.complain(Pos::NONE, format!("import cycle at {path:?}"));
            return None;
        }
        let found = self.registry.find(&path)?;
        self.loading.push(path.clone());
        let saved = (
            std::mem::take(&mut self.frames),
            std::mem::replace(&mut self.package, path.to_string()),
            std::mem::take(&mut self.package_names),
            std::mem::take(&mut self.path),
            self.file,
        );
        let files = self.files(&found.inputs);
        (self.frames, self.package, self.package_names, self.path, self.file) = saved;
        self.loading.pop();
        let mut functions = Vec::new();
        for f in found.functions {
            let label = self.prog.symbols.string(f.name);
            self.prog.functions.push((path.clone(), f));
            functions.push((label, FuncId::Package(self.prog.functions.len() as u32 - 1)));
        }
        let id = PkgId(self.prog.packages.len() as u32);
        self.prog.packages.push(Package { path: path.clone(), files, functions });
        self.packages.insert(path, id);
        Some(id)
    }

    fn complain(&mut self, pos: Pos, message: impl Into<String>) {
        let path = self.path.join(".");
        self.errs.push(Complaint { pos, path, message: message.into(), syntax: false });
    }

    /// Complains about what the reference's parser refuses already.
    fn refuse(&mut self, pos: Pos, message: impl Into<String>) {
        let (path, message) = (String::new(), message.into());
        self.errs.push(Complaint { pos, path, message, syntax: true });
    }

    fn pos(&self, pos: crate::syntax::Pos) -> Pos {
        pos.offset().map_or(Pos::NONE, |offset| Pos { file: self.file, offset })
    }

    fn ident_label(&mut self, name: &str) -> Label {
        self.prog.symbols.ident(name, &self.package)
    }

    fn let_label(&mut self, name: &str) -> Label {
        self.lets += 1;
        let unique = format!("{name}\0#{}.{}", self.prog.sources.len(), self.lets);
        Label::new(LabelKind::Let, self.prog.symbols.add(&unique))
    }
}

/// The number of a CUE literal.
pub(crate) fn number(text: &str) -> Result<crate::num::Num, String> {
    literal::number(text)
}

/// The text of a quoted CUE literal.
pub(crate) fn unquote(text: &str) -> Result<String, String> {
    match literal::text(text)? {
        crate::eval::val::Val::Str(s) => Ok(s.to_string()),
        crate::eval::val::Val::Bytes(b) => Ok(String::from_utf8_lossy(&b).into_owned()),
        _ => Err("invalid syntax".to_owned()),
    }
}
