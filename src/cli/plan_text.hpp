#pragma once

#include <string>

#include "cli/terminal.hpp"
#include "plan/plan.hpp"
#include "plan/start_preview.hpp"
#include "zone/zone.hpp"

namespace quantum::cli {

/// Appends a plan as text: a block per job, or for many jobs that change alike, then the counts,
/// and `apply`, the command that carries it out.
void append_text(std::string& out, const plan::Plan& plan, const std::string& apply,
                 const Style& style);
/// Appends a plan as JSON lines: one object per job, and one at the end.
void append_json(std::string& out, const plan::Plan& plan, const std::string& digest);

void append_text(std::string& out, const plan::StartPreview& preview, const zone::Zone* zone,
                 WallTime now);
void append_json(std::string& out, const plan::StartPreview& preview);

}  // namespace quantum::cli
