# shellcheck shell=bash
# The units. Instances on TCP differ from those on the Unix socket in the socket alone, which has no path to look after.

units=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../../systemd")

# install_units FOLDER
install_units() {
    install -Dm 644 -t "$1" "$units/identityd.socket" "$units/identityd-tcp.socket" "$units/identityd@.service"
    sed '/^# On another socket/,/restart identityd\.socket/d
        s/identityd\.socket/identityd-tcp.socket/g
        s/^# One instance of identityd, as many.*/# One instance of identityd that nginx on other hosts reaches: systemctl enable --now identityd-tcp@2/
        s/^Description=.*/Description=identityd instance %i on TCP/' "$units/identityd@.service" >"$1/identityd-tcp@.service"
    chmod 644 "$1/identityd-tcp@.service"
}
