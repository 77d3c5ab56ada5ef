//! The syntax tree of CUE.
//!
//! An owned tree: nodes are plain values that can be taken apart, cloned and put together again,
//! by the parser, by the exporter and by whoever merges patches as syntax. Every token that the
//! formatter looks at keeps its [`Pos`]; comments hang on the node they belong to, with the index
//! of the token they precede. Literal text stays as written; the compiler reads it.

use ecow::EcoString;

use super::source::{Pos, Rel, Span};

mod build;
mod comment;
mod op;
mod span;

pub use build::is_valid_ident;
pub(crate) use build::{is_digit, is_letter};
pub(in crate::syntax) use comment::insert_group;
pub use comment::{Comment, CommentGroup, Comments};
pub use op::{BinaryOp, Constraint, LitKind, UnaryOp};
pub use span::Spanned;

/// A parsed file (or a generated one).
#[derive(Clone, Debug, Default)]
pub struct File {
    /// Attributes, package clause, imports and declarations, in the order of the text.
    pub decls: Vec<Decl>,
    /// Comments that belong to no declaration.
    pub comments: Comments,
}

/// What may stand in a file or between braces.
#[derive(Clone, Debug)]
pub enum Decl {
    /// `label: value`
    Field(Box<Field>),
    /// An expression embedded in the struct.
    Embed(Box<EmbedDecl>),
    /// `let X = expr`
    Let(Box<LetClause>),
    /// `for ... {}` or `if ... {}`
    Comprehension(Box<Comprehension>),
    /// `...`
    Ellipsis(Box<Ellipsis>),
    /// `@name(body)` standing alone.
    Attribute(Box<Attribute>),
    /// `X = expr`, the old form of `let`. Parsed with an error; kept so that it can be shown.
    Alias(Box<Alias>),
    /// `package name`
    Package(Box<Package>),
    /// `import "path"` or `import (...)`
    Import(Box<ImportDecl>),
    /// Text that could not be read as a declaration.
    Bad(Box<Bad>),
    /// Comments standing alone in a generated file.
    Comment(Box<CommentGroup>),
}

/// An expression, or what may stand in the place of one.
#[derive(Clone, Debug)]
pub enum Expr {
    /// `name`, `#Name`, `_hidden`, or a keyword used as a name.
    Ident(Ident),
    /// `null`, `true`, `1.5Ki`, `"text"`, `'bytes'`: never an interpolation.
    Lit(BasicLit),
    /// `"a \(b) c"`
    Interpolation(Box<Interpolation>),
    /// `_|_`
    Bottom(Box<Bottom>),
    /// `{...}`; also the value `b: c` in `a: b: c`, then without braces.
    Struct(Box<StructLit>),
    /// `[...]`
    List(Box<ListLit>),
    /// `(x)`
    Paren(Box<ParenExpr>),
    /// `x.name` or `x."name"`
    Selector(Box<SelectorExpr>),
    /// `x[i]`
    Index(Box<IndexExpr>),
    /// `x[lo:hi]`
    Slice(Box<SliceExpr>),
    /// `f(x, y)`
    Call(Box<CallExpr>),
    /// `-x`, `!x`, `*x`, `>=x`, ...
    Unary(Box<UnaryExpr>),
    /// `x op y`
    Binary(Box<BinaryExpr>),
    /// `X=expr`: a value alias, or inside `[X=pattern]`.
    Alias(Box<Alias>),
    /// `for ... {}` as a list element.
    Comprehension(Box<Comprehension>),
    /// `...` or `...T` as the last list element.
    Ellipsis(Box<Ellipsis>),
    /// Text that could not be read as an expression.
    Bad(Box<Bad>),
}

/// What stands before the colon of a field, and after the dot of a selector.
#[derive(Clone, Debug)]
pub enum Label {
    /// `name:`
    Ident(Ident),
    /// `"name":`; also `null:`, `true:` and `false:`.
    Lit(BasicLit),
    /// `"a\(b)":`
    Interpolation(Box<Interpolation>),
    /// `(expr):`
    Paren(Box<ParenExpr>),
    /// `[pattern]:`, a list of exactly one element.
    List(Box<ListLit>),
    /// `X=label:`; the expression of the alias is label-shaped.
    Alias(Box<Alias>),
}

/// `label: value`, with its markers and attributes.
#[derive(Clone, Debug)]
pub struct Field {
    /// The label.
    pub label: Label,
    /// `?`, `!` or neither.
    pub constraint: Constraint,
    /// Where the colon stands.
    pub colon: Pos,
    /// The value.
    pub value: Expr,
    /// Attributes after the value.
    pub attrs: Vec<Attribute>,
    /// Comments of the field.
    pub comments: Comments,
}

/// An embedded expression.
#[derive(Clone, Debug)]
pub struct EmbedDecl {
    /// What is embedded.
    pub expr: Expr,
    /// Comments of the declaration.
    pub comments: Comments,
}

/// `let X = expr`, as a declaration or as a clause.
#[derive(Clone, Debug)]
pub struct LetClause {
    /// Where `let` stands.
    pub let_pos: Pos,
    /// The bound name.
    pub ident: Ident,
    /// Where `=` stands.
    pub equal: Pos,
    /// The bound expression.
    pub expr: Expr,
    /// Comments of the clause.
    pub comments: Comments,
}

/// `X=expr`
#[derive(Clone, Debug)]
pub struct Alias {
    /// The bound name.
    pub ident: Ident,
    /// Where `=` stands.
    pub equal: Pos,
    /// What it names. Label-shaped where the alias is a label.
    pub expr: Expr,
    /// Comments of the alias.
    pub comments: Comments,
}

/// Clauses and the struct they yield.
#[derive(Clone, Debug)]
pub struct Comprehension {
    /// At least one; the first is never `let`.
    pub clauses: Vec<Clause>,
    /// The body, a struct.
    pub value: Expr,
    /// Comments of the comprehension.
    pub comments: Comments,
}

/// One clause of a comprehension.
#[derive(Clone, Debug)]
pub enum Clause {
    /// `for k, v in source`
    For(Box<ForClause>),
    /// `if condition`
    If(Box<IfClause>),
    /// `let X = expr`
    Let(Box<LetClause>),
}

/// `for k, v in source`
#[derive(Clone, Debug)]
pub struct ForClause {
    /// Where `for` stands.
    pub for_pos: Pos,
    /// Name of the key or index.
    pub key: Option<Ident>,
    /// Where the comma after the key stands.
    pub comma: Pos,
    /// Name of the value.
    pub value: Ident,
    /// Where `in` stands.
    pub in_pos: Pos,
    /// What is iterated.
    pub source: Expr,
    /// Comments of the clause.
    pub comments: Comments,
}

/// `if condition`
#[derive(Clone, Debug)]
pub struct IfClause {
    /// Where `if` stands.
    pub if_pos: Pos,
    /// The condition.
    pub condition: Expr,
    /// Comments of the clause.
    pub comments: Comments,
}

/// `...` or `...T`
#[derive(Clone, Debug, Default)]
pub struct Ellipsis {
    /// Where the dots stand.
    pub pos: Pos,
    /// The type of further elements (lists only).
    pub typ: Option<Expr>,
    /// Comments of the ellipsis.
    pub comments: Comments,
}

/// `@name(body)`
#[derive(Clone, Debug)]
pub struct Attribute {
    /// Where `@` stands.
    pub pos: Pos,
    /// The whole attribute as written.
    pub text: EcoString,
    /// Comments of the attribute.
    pub comments: Comments,
}

/// `package name`
#[derive(Clone, Debug)]
pub struct Package {
    /// Where `package` stands.
    pub pos: Pos,
    /// The name; `_` for none.
    pub name: Ident,
    /// Comments of the clause.
    pub comments: Comments,
}

/// `import "path"` or a parenthesised list.
#[derive(Clone, Debug)]
pub struct ImportDecl {
    /// Where `import` stands.
    pub pos: Pos,
    /// Where `(` stands, if there is one.
    pub lparen: Pos,
    /// The imports.
    pub specs: Vec<ImportSpec>,
    /// Where `)` stands, if there is one.
    pub rparen: Pos,
    /// Comments of the declaration.
    pub comments: Comments,
}

/// One import.
#[derive(Clone, Debug)]
pub struct ImportSpec {
    /// Local name, if given.
    pub name: Option<Ident>,
    /// The path, a string literal.
    pub path: BasicLit,
    /// Comments of the import.
    pub comments: Comments,
}

/// A name.
#[derive(Clone, Debug)]
pub struct Ident {
    /// Where it stands.
    pub pos: Pos,
    /// The name as written.
    pub name: EcoString,
    /// Comments of the name.
    pub comments: Comments,
}

/// A literal, as written.
#[derive(Clone, Debug)]
pub struct BasicLit {
    /// Where it stands.
    pub pos: Pos,
    /// What it is.
    pub kind: LitKind,
    /// Its text, quotes included.
    pub text: EcoString,
    /// Comments of the literal.
    pub comments: Comments,
}

/// `_|_`
#[derive(Clone, Debug, Default)]
pub struct Bottom {
    /// Where it stands.
    pub pos: Pos,
    /// Comments of the literal.
    pub comments: Comments,
}

/// A string with expressions in it.
#[derive(Clone, Debug)]
pub struct Interpolation {
    /// String pieces and expressions in turn, a piece first and last. The first piece starts with
    /// the opening quotes and ends with `\(`, a middle one runs from `)` to `\(`.
    pub parts: Vec<Expr>,
    /// Comments of the interpolation.
    pub comments: Comments,
}

/// `{...}`
#[derive(Clone, Debug, Default)]
pub struct StructLit {
    /// Where `{` stands; nowhere for the value of `a: b: c`.
    pub lbrace: Pos,
    /// The declarations.
    pub elts: Vec<Decl>,
    /// Where `}` stands.
    pub rbrace: Pos,
    /// The parser saw all of it on one line.
    pub one_line: bool,
    /// Comments of the struct.
    pub comments: Comments,
}

/// `[...]`
#[derive(Clone, Debug, Default)]
pub struct ListLit {
    /// Where `[` stands.
    pub lbrack: Pos,
    /// The elements; an ellipsis only last.
    pub elts: Vec<Expr>,
    /// Where `]` stands.
    pub rbrack: Pos,
    /// Comments of the list.
    pub comments: Comments,
}

/// `(x)`
#[derive(Clone, Debug)]
pub struct ParenExpr {
    /// Where `(` stands.
    pub lparen: Pos,
    /// What is between.
    pub x: Expr,
    /// Where `)` stands.
    pub rparen: Pos,
    /// Comments of the parentheses.
    pub comments: Comments,
}

/// `x.sel`
#[derive(Clone, Debug)]
pub struct SelectorExpr {
    /// The operand.
    pub x: Expr,
    /// The selected name: an identifier or a string literal.
    pub sel: Label,
    /// Comments of the selector.
    pub comments: Comments,
}

/// `x[index]`
#[derive(Clone, Debug)]
pub struct IndexExpr {
    /// The operand.
    pub x: Expr,
    /// Where `[` stands.
    pub lbrack: Pos,
    /// The index.
    pub index: Expr,
    /// Where `]` stands.
    pub rbrack: Pos,
    /// Comments of the index.
    pub comments: Comments,
}

/// `x[low:high]`
#[derive(Clone, Debug)]
pub struct SliceExpr {
    /// The operand.
    pub x: Expr,
    /// Where `[` stands.
    pub lbrack: Pos,
    /// First index, if given.
    pub low: Option<Expr>,
    /// End index, if given.
    pub high: Option<Expr>,
    /// Where `]` stands.
    pub rbrack: Pos,
    /// Comments of the slice.
    pub comments: Comments,
}

/// `fun(args)`
#[derive(Clone, Debug)]
pub struct CallExpr {
    /// What is called.
    pub fun: Expr,
    /// Where `(` stands.
    pub lparen: Pos,
    /// The arguments.
    pub args: Vec<Expr>,
    /// Where `)` stands.
    pub rparen: Pos,
    /// Comments of the call.
    pub comments: Comments,
}

/// `op x`
#[derive(Clone, Debug)]
pub struct UnaryExpr {
    /// Where the operator stands.
    pub op_pos: Pos,
    /// The operator.
    pub op: UnaryOp,
    /// The operand.
    pub x: Expr,
    /// Comments of the expression.
    pub comments: Comments,
}

/// `x op y`
#[derive(Clone, Debug)]
pub struct BinaryExpr {
    /// Left operand.
    pub x: Expr,
    /// Where the operator stands.
    pub op_pos: Pos,
    /// The operator.
    pub op: BinaryOp,
    /// Right operand.
    pub y: Expr,
    /// Comments of the expression.
    pub comments: Comments,
}

/// A range of text that could not be read.
#[derive(Clone, Debug, Default)]
pub struct Bad {
    /// Where it starts.
    pub from: Pos,
    /// Where reading went on.
    pub to: Pos,
    /// Comments found in it.
    pub comments: Comments,
}

impl File {
    /// The name of the package clause, unless there is none.
    pub fn package_name(&self) -> Option<&Ident> {
        self.decls.iter().find_map(|d| match d {
            Decl::Package(p) => Some(&p.name),
            _ => None,
        })
    }

    /// All imports of the file.
    pub fn imports(&self) -> impl Iterator<Item = &ImportSpec> {
        self.decls.iter().flat_map(|d| match d {
            Decl::Import(i) => i.specs.as_slice(),
            _ => &[],
        })
    }
}

impl Attribute {
    /// Name and body: `@name(body)`.
    pub fn split(&self) -> Option<(&str, &str)> {
        let inner = self.text.strip_prefix('@')?.strip_suffix(')')?;
        inner.split_once('(')
    }
}

impl Expr {
    /// The expression without the parentheses around it.
    pub fn unparen(&self) -> &Expr {
        let mut x = self;
        while let Expr::Paren(p) = x {
            x = &p.x;
        }
        x
    }

    /// The name, if this is a plain identifier.
    pub fn as_ident(&self) -> Option<&Ident> {
        match self {
            Expr::Ident(id) => Some(id),
            _ => None,
        }
    }
}

impl Label {
    /// The name of the alias in front of the label.
    pub fn alias_name(&self) -> Option<&Ident> {
        match self {
            Label::Alias(a) => Some(&a.ident),
            _ => None,
        }
    }
}

impl Default for Expr {
    fn default() -> Expr {
        Expr::Bad(Box::default())
    }
}

impl StructLit {
    /// True when the struct has braces in the text, or was built with them.
    pub fn has_braces(&self) -> bool {
        self.lbrace.is_valid()
    }
}
