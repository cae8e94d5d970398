use super::*;

fn file(path: &str, text: &str) -> ConfigurationFile {
    ConfigurationFile { path: path.into(), contents: text.into() }
}

fn sender() -> Sender {
    Sender { signature: "【海港银行】".into(), hotline: "95500".into() }
}

fn read(files: &[(&str, &str)]) -> Result<(Catalogue, Vec<Configured>), ConfigureError> {
    let files: Vec<_> = files.iter().map(|(path, text)| file(path, text)).collect();
    Catalogue::read(&files, sender())
}

fn refused(files: &[(&str, &str)]) -> Diagnostic {
    match read(files) {
        Err(ConfigureError::Invalid(diagnostic)) => diagnostic,
        Err(ConfigureError::Missing(what)) => panic!("missing {what}"),
        Ok(_) => panic!("accepted: {files:?}"),
    }
}

const PURCHASE: &str = "t/purchase.cardholder.zh-CN.txt";

#[test]
fn a_template_is_found_by_name_party_and_locale() {
    let (catalogue, configured) = read(&[
        (
            PURCHASE,
            "{{ signature }}尾号{{ card.last4 }}{{ amount|money(\"chinese\") }}{{ time|clock }}\n",
        ),
        (
            "t/purchase.merchant.en.txt",
            "{{ signature }}{{ amount|money }} {{ time|date }} {{ hotline }}",
        ),
    ])
    .unwrap();
    assert_eq!(configured.len(), 2);
    assert_eq!(configured[0].name, "purchase.cardholder.zh-CN");
    assert_eq!(configured[0].samples[0], "【海港银行】尾号0018128.50元08:31:05");
    let [view, ..] = samples::views("purchase", Party::Merchant, "en");
    let text = catalogue.render("purchase", "en-GB", view.clone()).unwrap();
    assert_eq!(text, "【海港银行】CNY 128.50 2026-11-20 95500");
    assert!(matches!(
        catalogue.render("purchase", "fr", view.clone()),
        Err(RenderingError::UnknownLocale(_))
    ));
    assert!(matches!(
        catalogue.render("refund", "en", view),
        Err(RenderingError::UnknownTemplate(_))
    ));
}

#[test]
fn a_broken_template_is_refused_with_file_and_line() {
    for (text, line, detail) in [
        ("a\n{{ ammount }}", 2, "undefined value"),
        ("a\n\n{% if amount %}", 3, "syntax error"),
        ("{{ balance|money }}", 1, "wants an amount"),
        ("a\n{{ merchant_name }}", 2, "may be absent"),
        ("{{ amount|money(\"roman\") }}", 1, "styles"),
        ("{{ time|date(\"%Q\") }}", 1, "pattern"),
        ("{{ amount|yen }}", 1, "filter"),
        ("{% include \"_none.txt\" %}", 1, "template"),
        ("{% for i in range(10000) %}{{ i }}{% endfor %}", 1, "fuel"),
        ("{{ card.pan }}", 1, "undefined value"),
        ("", 1, "0 bytes"),
    ] {
        let diagnostic = refused(&[(PURCHASE, text)]);
        assert_eq!(
            (diagnostic.file.as_str(), diagnostic.line),
            (PURCHASE, line),
            "{text}: {diagnostic:?}"
        );
        assert!(diagnostic.detail.contains(detail), "{text}: {}", diagnostic.detail);
    }
}

#[test]
fn an_error_in_an_included_part_names_the_part() {
    let diagnostic =
        refused(&[("t/_part.txt", "a\n{{ wrong }}"), (PURCHASE, "{% include \"_part.txt\" %}")]);
    assert_eq!((diagnostic.file.as_str(), diagnostic.line), ("t/_part.txt", 2));
}

#[test]
fn names_that_say_nothing_are_refused() {
    for path in
        ["t/purchase.txt", "t/purchase.bank.en.txt", "t/purchase.merchant.en.html", "t/a.b.c.d.txt"]
    {
        assert_eq!(refused(&[(path, "a")]).file, path);
    }
    assert_eq!(refused(&[("a/_x.txt", "a"), ("b/_x.txt", "a")]).file, "b/_x.txt");
    assert!(matches!(read(&[]), Err(ConfigureError::Missing(_))));
}

#[test]
fn a_failure_at_run_time_quotes_no_value() {
    let (catalogue, _) = read(&[(
        PURCHASE,
        "{{ signature }}{% if rrn == \"1\" %}{{ merchant_name|money }}{% endif %}",
    )])
    .unwrap();
    let [mut view, ..] = samples::views("purchase", Party::Cardholder, "zh-CN");
    view.rrn = Some("1".into());
    view.merchant_name = Some("SECRET".into());
    let Err(RenderingError::TemplateFailed(diagnostic)) =
        catalogue.render("purchase", "zh-CN", view)
    else {
        panic!()
    };
    assert_eq!((diagnostic.file.as_str(), diagnostic.line), (PURCHASE, 1));
    assert!(!diagnostic.detail.contains("SECRET"));
}
