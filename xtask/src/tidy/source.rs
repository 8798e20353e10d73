//! Rules about Rust code that need its syntax.

use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};

use crate::tidy::{File, Findings};

const FAIL_LINES: usize = 80;

/// Functions that hold data, and why they may be long.
const TABLES: &[(&str, &str, &str)] = &[];

pub(super) fn check(file: &File<'_>, findings: &mut Findings) {
    let parsed = match syn::parse_file(file.text) {
        Ok(it) => it,
        Err(error) => return findings.error(format!("{} is no Rust: {error}", file.shown())),
    };
    let allowed = parsed.attrs.iter().any(is_unwrap_allowed);
    Rules { shown: file.shown(), in_test: file.is_test, allowed, findings }.visit_file(&parsed);
}

/// Returns the places of the modules that a file declares for tests only, without their extension.
pub(super) fn test_modules(path: &Path, text: &str) -> Vec<PathBuf> {
    if path.extension().is_none_or(|it| it != "rs") || !text.contains("cfg(") {
        return Vec::new();
    }
    let Ok(parsed) = syn::parse_file(text) else { return Vec::new() };
    let is_root = path.file_stem().is_some_and(|it| it == "lib" || it == "main" || it == "mod");
    let directory = if is_root { path.parent().unwrap_or(path).to_owned() } else { path.with_extension("") };
    let modules = parsed.items.iter().filter_map(|it| match it {
        syn::Item::Mod(it) if it.content.is_none() && it.attrs.iter().any(is_test) => {
            Some(it.ident.to_string())
        }
        _ => None,
    });
    modules.map(|name| directory.join(name)).collect()
}

struct Rules<'a> {
    shown: String,
    in_test: bool,
    /// Inside an item that gives a reason for its `unwrap`.
    allowed: bool,
    findings: &'a mut Findings,
}

impl Rules<'_> {
    fn error(&mut self, at: proc_macro2::Span, message: &str) {
        self.findings.error(format!("{}:{}: {message}", self.shown, at.start().line));
    }

    fn function(&mut self, signature: &syn::Signature, body: &syn::Block) {
        let name = signature.ident.to_string();
        let lines = body.brace_token.span.close().end().line + 1 - signature.fn_token.span.start().line;
        let is_table = TABLES.iter().any(|(path, function, _)| *path == self.shown && *function == name);
        if lines > FAIL_LINES && !is_table {
            self.error(
                signature.fn_token.span,
                &format!("`{name}` has {lines} lines; {FAIL_LINES} are allowed"),
            );
        }
        let number = name.strip_prefix("fault_").map(|it| it.split('_').next().unwrap_or_default());
        if number.is_some_and(|it| it.len() != 3 || !it.bytes().all(|c| c.is_ascii_digit())) {
            self.error(signature.fn_token.span, &format!("`{name}` is not named `fault_NNN_what_happens`"));
        }
    }

    /// Goes into an item with what its attributes say.
    fn within(&mut self, attributes: &[syn::Attribute], go: impl FnOnce(&mut Self)) {
        let before = (self.in_test, self.allowed);
        self.in_test |= attributes.iter().any(is_test);
        self.allowed |= attributes.iter().any(is_unwrap_allowed);
        go(self);
        (self.in_test, self.allowed) = before;
    }
}

impl<'ast> Visit<'ast> for Rules<'_> {
    fn visit_item_mod(&mut self, it: &'ast syn::ItemMod) {
        self.within(&it.attrs, |rules| visit::visit_item_mod(rules, it));
    }

    fn visit_item_impl(&mut self, it: &'ast syn::ItemImpl) {
        self.within(&it.attrs, |rules| visit::visit_item_impl(rules, it));
    }

    fn visit_item_fn(&mut self, it: &'ast syn::ItemFn) {
        self.function(&it.sig, &it.block);
        self.within(&it.attrs, |rules| visit::visit_item_fn(rules, it));
    }

    fn visit_impl_item_fn(&mut self, it: &'ast syn::ImplItemFn) {
        self.function(&it.sig, &it.block);
        self.within(&it.attrs, |rules| visit::visit_impl_item_fn(rules, it));
    }

    fn visit_local(&mut self, it: &'ast syn::Local) {
        self.within(&it.attrs, |rules| visit::visit_local(rules, it));
    }

    fn visit_item_use(&mut self, it: &'ast syn::ItemUse) {
        // A `pub use` of everything is an export; the tests of a module see all of it.
        let mut items = GlobFinder(false);
        items.visit_use_tree(&it.tree);
        if items.0 && !self.in_test && matches!(it.vis, syn::Visibility::Inherited) {
            self.error(it.use_token.span, "a glob import; name what is used");
        }
    }

    fn visit_expr_method_call(&mut self, it: &'ast syn::ExprMethodCall) {
        if it.method == "unwrap" && it.args.is_empty() && !self.in_test && !self.allowed {
            self.error(
                it.method.span(),
                "`unwrap()` outside tests; handle it, or prove it and say so in an `expect`",
            );
        }
        visit::visit_expr_method_call(self, it);
    }

    fn visit_attribute(&mut self, it: &'ast syn::Attribute) {
        if it.path().is_ident("ignore") && !matches!(it.meta, syn::Meta::NameValue(_)) {
            self.error(
                it.pound_token.span,
                "a test is skipped without a reason; write `#[ignore = \"why\"]`",
            );
        }
        if let syn::Meta::List(list) = &it.meta
            && (it.path().is_ident("allow") || it.path().is_ident("expect"))
            && !list.tokens.to_string().contains("reason")
        {
            self.error(it.pound_token.span, "a lint is switched off without a `reason`");
        }
    }
}

struct GlobFinder(bool);

impl<'ast> Visit<'ast> for GlobFinder {
    fn visit_use_glob(&mut self, _: &'ast syn::UseGlob) {
        self.0 = true;
    }
}

fn is_test(it: &syn::Attribute) -> bool {
    let name = it.path().segments.last().map(|it| it.ident.to_string());
    match (name.as_deref(), &it.meta) {
        (Some("test"), _) => true,
        (Some("cfg"), syn::Meta::List(list)) => {
            let words = list.tokens.to_string();
            !words.contains("not") && words.split(|c: char| !c.is_alphanumeric()).any(|it| it == "test")
        }
        _ => false,
    }
}

fn is_unwrap_allowed(it: &syn::Attribute) -> bool {
    let switches = it.path().is_ident("allow") || it.path().is_ident("expect");
    let words = |list: &syn::MetaList| list.tokens.to_string().contains("unwrap_used");
    switches && matches!(&it.meta, syn::Meta::List(list) if words(list))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::findings;

    const FILE: &str = "crates/a/src/b.rs";

    #[test]
    fn long_functions_fail() {
        let function = |lines: usize| format!("//! A.\nfn f() {{\n{}}}\n", "    g();\n".repeat(lines - 2));
        assert!(findings(FILE, &function(80)).is_empty());
        assert_eq!(findings(FILE, &function(81)), [format!("{FILE}:2: `f` has 81 lines; 80 are allowed")]);
    }

    #[test]
    fn unwrap_is_for_tests_and_for_what_is_proved() {
        assert_eq!(findings(FILE, "fn f() { g().unwrap(); }").len(), 1);
        for fine in [
            "#[cfg(test)] mod tests { fn f() { g().unwrap(); } }",
            "#[test] fn f() { g().unwrap(); }",
            "#[tokio::test] async fn f() { g().unwrap(); }",
            "#[cfg(all(test, unix))] fn f() { g().unwrap(); }",
            "#[expect(clippy::unwrap_used, reason = \"proved\")] fn f() { g().unwrap(); }",
            "fn f() { g().unwrap_or_default(); }",
        ] {
            assert!(findings(FILE, fine).is_empty(), "{fine}");
        }
        assert!(findings("crates/a/tests/b.rs", "fn f() { g().unwrap(); }").is_empty());
        assert_eq!(findings(FILE, "#[cfg(not(test))] fn f() { g().unwrap(); }").len(), 1);
    }

    #[test]
    fn imports_name_what_they_use() {
        assert_eq!(findings(FILE, "use a::{b, c::*};").len(), 1);
        assert!(findings(FILE, "pub use a::*;").is_empty());
        assert!(findings(FILE, "#[cfg(test)] mod tests { use super::*; }").is_empty());
    }

    #[test]
    fn modules_for_tests_are_found_by_their_declaration() {
        let text = "#[cfg(test)]\nmod faulty;\nmod plain;\n#[cfg(test)]\nmod tests {}";
        assert_eq!(test_modules(Path::new("a/src/sys/mod.rs"), text), [PathBuf::from("a/src/sys/faulty")]);
        assert_eq!(test_modules(Path::new("a/src/sys.rs"), text), [PathBuf::from("a/src/sys/faulty")]);
    }

    #[test]
    fn what_is_switched_off_has_a_reason() {
        assert_eq!(findings(FILE, "#[test] #[ignore] fn f() {}").len(), 1);
        assert!(findings(FILE, "#[test] #[ignore = \"needs a server\"] fn f() {}").is_empty());
        assert_eq!(findings(FILE, "#[allow(dead_code)] fn f() {}").len(), 1);
        assert_eq!(findings(FILE, "#[test] fn fault_7_breaks() {}").len(), 1);
        assert!(findings(FILE, "#[test] fn fault_007_breaks() {}").is_empty());
    }
}
