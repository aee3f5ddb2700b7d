#!/bin/sh
# Makes the secrets that docker-compose.yml names, each once: what is there already stays as it is.
#
#   sh infra/docker/prepare.sh                       # into ./secrets, and ./.env with the profile `core`
#   sh infra/docker/prepare.sh FOLDER                # into FOLDER alone, for Kubernetes' secretGenerator
#
# The folder is for its owner alone (0700). The files in it can be read by all (0444), because containers read them
# as users of their own; nobody else gets that far.
set -eu

folder=${1:-secrets}
umask 077
mkdir -p "$folder"
chmod 0700 "$folder"

keep() { # NAME VALUE
    if [ ! -e "$folder/$1" ]; then
        printf '%s' "$2" >"$folder/$1.new"
        chmod 0444 "$folder/$1.new"
        mv "$folder/$1.new" "$folder/$1"
        echo "made $folder/$1"
    fi
}

random() { # 48 letters and digits
    head -c 24 /dev/urandom | od -An -v -tx1 | tr -d ' \n'
}

for name in postgres_password keepsharp_password mlflow_password prefect_password signing_secret webhook_secret \
    grafana_password grafana_secret_key; do
    keep "$name" "$(random)"
done
keep prefect_auth "operator:$(random)"

# What a person types for MLflow, and the header that a browser makes of it.
keep operator "operator:$(random)"
keep operator_header "Basic $(base64 <"$folder/operator" | tr -d '\n')"

# Where notices go, by name: {"chat": "slack://…"}. None to begin with.
keep targets '{}'

# No default: the first `keepsharp keys create prometheus` gives the key, the team says where alerts go.
keep prometheus_key "put the key of prometheus here"
keep alert_webhook_url "https://alerts.invalid/put-your-address-into-alert_webhook_url"

if [ $# -eq 0 ]; then
    mkdir -p "$folder/tls" # the proxy reads keepsharp.pem there, where .env says so
    chmod 0755 "$folder/tls"
fi
if [ $# -eq 0 ] && [ ! -e .env ]; then
    printf 'COMPOSE_PROFILES=core\nAPI_REPLICAS=2\n' >.env
    echo "made .env"
fi
