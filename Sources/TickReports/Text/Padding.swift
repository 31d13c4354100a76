extension String {
    /// The text with spaces up to `width` characters; a longer text stays as it is.
    ///
    /// - Parameter isNumber: numbers end at the column's right edge, other texts begin at its left edge.
    package func padded(to width: Int, isNumber: Bool = false) -> String {
        let space = String(repeating: " ", count: max(0, width - count))
        return isNumber ? space + self : self + space
    }
}
