# For scripts to source.

# Installs the Debian package $1 if there is no command of its name.
need() {
  command -v "$1" >/dev/null && return
  local apt=(apt-get)
  ((EUID == 0)) || apt=(sudo apt-get)
  "${apt[@]}" -qq update >&2
  DEBIAN_FRONTEND=noninteractive "${apt[@]}" -qq install --yes \
    --no-install-recommends "$1" >&2
}
