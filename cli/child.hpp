// Child: a process that is talked to by lines.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include <sys/types.h>

namespace detent::cli {

/// Ends with its object: its standard input is closed then, and it is waited for.
class Child {
  public:
    /// The first word is the program. One that cannot be started ends at once, without a line.
    explicit Child(const std::vector<std::string>& words);
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child();

    /// False if nobody reads it.
    [[nodiscard]] bool write_line(const std::string& line);
    /// Without the end of the line; false behind the last one.
    [[nodiscard]] bool read_line(std::string& line);

  private:
    pid_t process_ = -1;
    std::FILE* input_ = nullptr;
    std::FILE* output_ = nullptr;
};

} // namespace detent::cli
