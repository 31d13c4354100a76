/// A user's text for an error message: in quotation marks, with control characters escaped, and cut short if it is
/// long.
func quoted(_ input: String) -> String {
    let limit = 40
    let shown = input.prefix(limit)
    return shown.endIndex == input.endIndex ? input.debugDescription : String(shown).debugDescription + "…"
}
