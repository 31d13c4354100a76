/// What someone typed, as an error message shows it: in quotation marks, control characters
/// escaped, and cut short where it is long.
func quoted(_ input: String) -> String {
    let limit = 40
    let shown = input.prefix(limit)
    return shown.endIndex == input.endIndex ? input.debugDescription : String(shown).debugDescription + "…"
}
