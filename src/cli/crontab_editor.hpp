#pragma once

#include <string>

#include "quantum/result.hpp"

namespace quantum::cli {

/// A text in a file of its own, to be changed with the user's editor: $VISUAL, $EDITOR, or the
/// first of sensible-editor, vi and nano that there is.
///
/// Only its user can read the file, and it is gone with this object, unless it was kept.
class EditedText {
public:
    [[nodiscard]] static Result<EditedText> make(const std::string& text);
    ~EditedText();
    EditedText(EditedText&& other) noexcept;
    EditedText& operator=(EditedText&&) = delete;
    EditedText(const EditedText&) = delete;
    EditedText& operator=(const EditedText&) = delete;

    /// Calls the editor, and returns what it has left. Error: it failed.
    [[nodiscard]] Result<std::string> edit();

    [[nodiscard]] const std::string& path() const { return path_; }
    /// The file stays where it is.
    void keep() { is_kept_ = true; }

private:
    EditedText() = default;

    std::string directory_;
    std::string path_;
    bool is_kept_ = false;
};

}  // namespace quantum::cli
