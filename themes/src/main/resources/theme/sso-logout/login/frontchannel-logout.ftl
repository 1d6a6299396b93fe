<#import "logout-layout.ftl" as layout>
<#-- Each app signs its user out in a hidden frame of its own (OpenID Connect Front-Channel Logout 1.0). -->
<@layout.page heading=msg("frontchannel-logout.title") icon="exit">
  <#-- Keycloak takes "account" for the client where nobody has named one. -->
  <#assign own=((client.clientId)!"account") == "account">
  <div id="sso-frontchannel"
    data-timeout="${properties.ssoLogoutFrontchannelTimeout!"5000"}"
    data-count="${msg("frontchannelCount", "{0}", "{1}")}"
    data-done="${msg("frontchannelDone")}"
    data-late="${msg("frontchannelLate")}"
    data-heading="${msg("signedOutTitle")}"
    data-lead="${msg("signedOutText")}"
    <#if logout.logoutRedirectUri?has_content>data-redirect="${logout.logoutRedirectUri}"</#if>>
    <p role="status" id="sso-lead">${msg("frontchannel-logout.message")}</p>
    <progress max="${logout.clients?size?c}" value="0" aria-labelledby="sso-heading"></progress>
    <p class="sso-quiet" role="status" id="sso-count"></p>
    <ul class="sso-apps" data-mark="wait">
      <#list logout.clients?sort_by("name") as app>
      <li data-state="waiting">
        <span class="sso-app">${advancedMsg(app.name)}</span>
        <span class="sso-state">${msg("frontchannelWaiting")}</span>
        <iframe src="${app.frontChannelLogoutUrl}" title="${advancedMsg(app.name)}" hidden></iframe>
      </li>
      </#list>
    </ul>
    <p class="sso-notice" id="sso-late" hidden>${msg("frontchannelLateHint")}</p>
    <@layout.onward home=logout.logoutRedirectUri!(own?then("", (client.baseUrl)!""))/>
  </div>
</@layout.page>
